// The checks of "Your first sandbox", each with five right answers, usual and unusual, and five wrong ones.
import { testChecks } from './support/check-cases.ts';

const run = 'podman run --replace --name first';

testChecks('build-image', [
  {
    check: 'note-there',
    before: 'rm -rf ~/note.txt',
    right: {
      'as the page types it': 'echo "I was here: $(date)" > ~/note.txt',
      'one letter without an end of line': 'printf x > ~/note.txt',
      'a note that is a link to a note': 'echo text > ~/other; ln -s ~/other ~/note.txt',
      'words after blank lines': "printf '\\n\\n  word' > ~/note.txt",
      'bytes that are not text': "printf '\\377\\376' > ~/note.txt",
      'a copy that nobody else may read': 'cp /etc/hostname ~/note.txt; chmod 000 ~/note.txt',
    },
    wrong: {
      'no file': ['no-note', ':'],
      'another name': ['no-note', 'echo x > ~/notes.txt'],
      'an empty file': ['empty-note', ': > ~/note.txt'],
      'blanks and ends of lines alone': ['empty-note', "printf ' \\n\\t\\n' > ~/note.txt"],
      'a folder of that name': ['no-note', 'mkdir ~/note.txt'],
      'a link that leads nowhere': ['no-note', 'ln -s ~/nowhere ~/note.txt'],
    },
  },
  {
    check: 'container-ran',
    before: 'podman rm --force --ignore --time 0 first > /dev/null',
    right: {
      'as the page types it': `${run} "$base" cat /etc/hostname > /dev/null`,
      'the base by its id': `${run} "$(podman image inspect --format '{{.Id}}' "$base")" true`,
      'the base by another tag': `podman tag "$base" localhost/mine; ${run} localhost/mine true`,
      'in the background, and waited for': `${run} --detach "$base" true > /dev/null; podman wait first > /dev/null`,
      'made again after it failed': `! ${run} "$base" false; ${run} "$base" true`,
      'made first, started later': 'podman create --name first "$base" true > /dev/null; podman start --attach first',
    },
    wrong: {
      'no container': ['no-container', ':'],
      'removed when it ended': ['no-container', 'podman run --rm --name first "$base" true'],
      'a program that the image lacks': ['never-started', `! ${run} "$base" no-such-program 2> /dev/null`],
      'a container of another name': ['no-container', 'podman run --replace --name second "$base" true'],
      'another image': [
        'other-image',
        `printf 'FROM %s\\nLABEL a=b' "$base" | image localhost/o; ${run} localhost/o true`,
      ],
      'a program that fails': ['exit-status', `! ${run} "$base" false`],
      'made and never started': ['never-started', 'podman create --name first "$base" true > /dev/null'],
      'still running': ['still-running', `${run} --detach "$base" sleep 600 > /dev/null`],
    },
  },
  {
    check: 'registry-reached',
    before: 'rm -rf ~/catalog.json',
    right: {
      'as the page types it': 'curl -sS https://registry.lab/v2/_catalog | tee ~/catalog.json > /dev/null',
      'by wget': 'wget -qO ~/catalog.json https://registry.lab/v2/_catalog',
      'without an end of line': 'printf %s "$(curl -sS https://registry.lab/v2/_catalog)" > ~/catalog.json',
      'formatted by jq': 'curl -sS https://registry.lab/v2/_catalog | jq . > ~/catalog.json',
      'with a limit of repositories': "curl -sS 'https://registry.lab/v2/_catalog?n=100' -o ~/catalog.json",
      'after another repository has come':
        'skopeo copy -q "docker://$base" docker://registry.lab/a/b:1; curl -sS https://registry.lab/v2/_catalog > ~/catalog.json',
    },
    wrong: {
      'no file': ['no-answer', ':'],
      'an empty file': ['no-answer', ': > ~/catalog.json'],
      'the answer of another address': ['not-the-registry', 'curl -sS https://registry.lab/v2/ > ~/catalog.json'],
      'the page of the package repository': ['not-the-registry', 'curl -sS http://packages.lab/ > ~/catalog.json'],
      'the beginning of the answer': [
        'not-the-registry',
        'curl -sS https://registry.lab/v2/_catalog | head -c 20 > ~/catalog.json',
      ],
      'an error of the registry': [
        'not-the-registry',
        'curl -sS https://registry.lab/v2/x/manifests/y > ~/catalog.json',
      ],
      'a list that was written by hand': ['not-the-registry', `echo '{"repositories":[]}' > ~/catalog.json`],
    },
  },
  {
    check: 'disk-room',
    before: 'rm -f ~/big ~/again /tmp/big /tmp/part.*',
    right: {
      'nothing filled': ':',
      'filled, and emptied': 'fallocate --length 2G ~/big; rm ~/big',
      'filled, and emptied without being removed': 'fallocate --length 5500M ~/big; : > ~/big',
      'a small file stays': 'fallocate --length 100M ~/big',
      'a file without blocks': 'truncate --size 20G ~/big',
      'filled up to 300 MiB': 'fallocate --length $(( $(df --output=avail -B 1M ~ | tail -1) - 300 ))M ~/big',
    },
    wrong: {
      'as full as it gets': [
        'disk-full',
        'fallocate --length $(( $(df --output=avail -B 1M ~ | tail -1) - 5 ))M ~/big',
      ],
      'all but 100 MiB': ['disk-full', 'fallocate --length $(( $(df --output=avail -B 1M ~ | tail -1) - 100 ))M ~/big'],
      'filled by many files': [
        'disk-full',
        'n=$(( ($(df --output=avail -B 1M ~ | tail -1) - 60) / 50 )); for i in $(seq 50); do fallocate --length ${n}M /tmp/part.$i; done',
      ],
      'filled in /tmp': [
        'disk-full',
        'fallocate --length $(( $(df --output=avail -B 1M /tmp | tail -1) - 50 ))M /tmp/big',
      ],
      'removed by name while a program holds it': [
        'disk-full',
        'fallocate --length $(( $(df --output=avail -B 1M ~ | tail -1) - 50 ))M ~/big; sleep 600 < ~/big > /dev/null 2>&1 & sleep 0.2; echo $! > /run/holder; rm ~/big',
      ],
      'a hard link to the file is left': [
        'disk-full',
        'kill "$(cat /run/holder)"; sleep 0.5; fallocate --length $(( $(df --output=avail -B 1M ~ | tail -1) - 50 ))M ~/big; ln -f ~/big ~/again; rm ~/big',
      ],
    },
  },
]);
