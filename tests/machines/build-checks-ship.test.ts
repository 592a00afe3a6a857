// The checks of "Ship it", with right answers as on the page and by other tools and spellings, and with wrong ones.
import { testChecks } from './support/check-cases.ts';

const os = 'registry.lab/my/os';
const kiosk = 'registry.lab/my/kiosk:1';
/** Builds the version of ~/ship under this name. */
const version = (number: string, name = `${os}:${number}`) =>
  `printf 'FROM %s\\nRUN mkdir -p /usr/share/my-os && echo ${number} > /usr/share/my-os/version\\nLABEL org.opencontainers.image.version=${number}\\n' $base | image ${name}`;
const unpushed = (tag: string) => `unpushed ${os}:${tag}`;
const three = [1, 2, 3]
  .map((number) => `podman push -q localhost/v${number} docker://${os}:${number} > /dev/null`)
  .join('; ');
/** ~/ship/kiosk/Containerfile; D stands for the digest of version 2. */
const recipe = (...lines: string[]) =>
  `rm -rf ~/ship/kiosk; mkdir -p ~/ship/kiosk; sed "s|@D|@$(digest ${os}:2)|" > ~/ship/kiosk/Containerfile <<'EOF'\n${lines.join('\n')}\nEOF\n`;
const buildKiosk = `podman build --quiet --tag ${kiosk} ~/ship/kiosk > /dev/null`;
const label = 'LABEL a=b';
const kioskOn = (tag: string) =>
  `printf 'FROM ${os}:${tag}\\nRUN echo x > /usr/share/x\\n' | podman build -q --pull=always -t ${kiosk} -f - /run/lab > /dev/null`;

testChecks(
  'build-image',
  [
    {
      check: 'image-built',
      before: `gone ${os}:1; cp /lab/files/Containerfile.ship /run/lab/C`,
      right: {
        'as the page builds it': `podman build -q -t ${os}:1 -f /run/lab/C /run/lab > /dev/null`,
        'with the argument given': `podman build -q --build-arg VERSION=1 -t ${os}:1 -f /run/lab/C /run/lab > /dev/null`,
        'in the format of Docker': `podman build -q --format docker -t ${os}:1 -f /run/lab/C /run/lab > /dev/null`,
        'under another name first': `${version('1', 'localhost/other')}; podman tag localhost/other ${os}:1`,
        'by buildah, from a folder of its own': `mkdir -p ~/mine; cp /lab/files/Containerfile.ship ~/mine/Dockerfile; buildah bud -q --build-arg VERSION=1 -t ${os}:1 ~/mine > /dev/null`,
        'with an entry point of its own': `printf 'FROM localhost/v1\\nENTRYPOINT ["/bin/false"]\\n' | image ${os}:1`,
      },
      wrong: {
        'no image': ['image-missing', ':'],
        'another tag': ['image-missing', version('1', `${os}:one`)],
        'version 2': ['other-image', `podman tag localhost/v2 ${os}:1`],
        'the file alone': [
          'other-image',
          `printf 'FROM %s\\nRUN mkdir /usr/share/my-os && echo 1 > /usr/share/my-os/version\\n' $base | image ${os}:1`,
        ],
        'the label alone': [
          'other-image',
          `printf 'FROM %s\\nLABEL org.opencontainers.image.version=1\\n' $base | image ${os}:1`,
        ],
        'the base': ['other-image', `podman tag $base ${os}:1`],
      },
    },
    {
      check: 'pushed',
      before: `podman tag localhost/v1 ${os}:1; ${unpushed('1')}`,
      right: {
        'as the page pushes it': `podman push -q ${os}:1 > /dev/null`,
        'in the format of Docker': `podman push -q --format v2s2 ${os}:1 > /dev/null`,
        'with another compression': `podman push -q --compression-format zstd ${os}:1 > /dev/null`,
        'by skopeo': `skopeo copy -q containers-storage:${os}:1 docker://${os}:1`,
        'by its id': `podman push -q "$(podman image inspect --format '{{.Id}}' ${os}:1)" docker://${os}:1 > /dev/null`,
        'by buildah': `buildah push -q ${os}:1 docker://${os}:1 > /dev/null`,
        'in a list of platforms': `podman manifest create --amend l containers-storage:${os}:1 > /dev/null; podman manifest push -q --all l docker://${os}:1 > /dev/null`,
      },
      wrong: {
        'no image': ['image-missing', `gone ${os}:1`],
        'not pushed': ['not-in-registry', ':'],
        'pushed under another tag': ['not-in-registry', `podman push -q ${os}:1 docker://${os}:first > /dev/null`],
        'pushed to a repository that is misspelt': [
          'not-in-registry',
          `podman push -q ${os}:1 docker://registry.lab/my/so:1 > /dev/null`,
        ],
        'pushed to a host that is misspelt': [
          'not-in-registry',
          `! podman push -q ${os}:1 docker://registri.lab/my/os:1 2> /dev/null`,
        ],
        'built again since': ['other-image', `podman push -q ${os}:1 > /dev/null; podman tag localhost/v2 ${os}:1`],
        'the base in its place': ['other-image', `skopeo copy -q docker://$base docker://${os}:1`],
      },
    },
    {
      check: 'digest-noted',
      before: `mkdir -p ~/ship; rm -f ~/ship/digest; podman tag localhost/v1 ${os}:1; ${three}`,
      right: {
        'as the page notes it': `digest ${os}:1 > ~/ship/digest`,
        'without an end of line': `printf %s "$(digest ${os}:1)" > ~/ship/digest`,
        'with blanks and a carriage return': `printf '  %s \\r\\n' "$(digest ${os}:1)" > ~/ship/digest`,
        'asked by curl': `curl -sSI -H 'Accept: application/vnd.oci.image.manifest.v1+json' https://registry.lab/v2/my/os/manifests/1 | sed -n 's/^Docker-Content-Digest: //Ip' > ~/ship/digest`,
        'noted by the push': `podman push -q --digestfile ~/ship/digest ${os}:1 > /dev/null`,
        'computed from the manifest': `echo "sha256:$(skopeo inspect --raw docker://${os}:1 | sha256sum | cut -d' ' -f1)" > ~/ship/digest`,
      },
      wrong: {
        'no file': ['no-file', ':'],
        'an empty file': ['no-file', ': > ~/ship/digest'],
        'the name with the digest': ['not-a-digest', `echo "${os}@$(digest ${os}:1)" > ~/ship/digest`],
        'the id of the image': [
          'other-digest',
          `podman image inspect --format 'sha256:{{.Id}}' ${os}:1 > ~/ship/digest`,
        ],
        'a digest that was cut off': ['not-a-digest', `digest ${os}:1 | cut -c 1-60 > ~/ship/digest`],
        'without the name of the sum': ['not-a-digest', `digest ${os}:1 | cut -d : -f 2 > ~/ship/digest`],
        'the digest of version 2': ['other-digest', `digest ${os}:2 > ~/ship/digest`],
        'the tag is gone': ['not-in-registry', `digest ${os}:3 > ~/ship/digest; ${unpushed('1')}`],
      },
    },
    {
      check: 'promoted',
      before: `${three}; ${unpushed('stable')}; ${three}`,
      right: {
        'as the page promotes it': `skopeo copy -q docker://${os}:2 docker://${os}:stable`,
        'by digest': `skopeo copy -q --preserve-digests "docker://${os}@$(digest ${os}:2)" docker://${os}:stable`,
        'by oras': `oras tag ${os}:2 stable > /dev/null`,
        twice: `skopeo copy -q docker://${os}:2 docker://${os}:stable; skopeo copy -q docker://${os}:2 docker://${os}:stable`,
        'by curl': `curl -sS -H 'Accept: application/vnd.oci.image.manifest.v1+json' https://registry.lab/v2/my/os/manifests/2 -o /run/lab/m; curl -sSf -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary @/run/lab/m https://registry.lab/v2/my/os/manifests/stable`,
        'pulled, tagged and pushed': `podman pull -q ${os}:2 > /dev/null; podman tag ${os}:2 ${os}:stable; podman push -q ${os}:stable > /dev/null`,
        'version 3 since': `skopeo copy -q docker://${os}:2 docker://${os}:stable; skopeo copy -q docker://${os}:3 docker://${os}:stable`,
      },
      wrong: {
        'no tag stable': ['no-stable', ':'],
        'version 1': ['other-digest', `skopeo copy -q docker://${os}:1 docker://${os}:stable`],
        'the base': ['other-digest', `skopeo copy -q docker://$base docker://${os}:stable`],
        'in another repository': ['no-stable', `skopeo copy -q docker://${os}:2 docker://registry.lab/my/so:stable`],
        'built again': [
          'other-digest',
          `${version('2', 'localhost/again').replace('image localhost', 'podman build -q --no-cache -f - /run/lab -t localhost')} > /dev/null; podman push -q localhost/again docker://${os}:stable > /dev/null`,
        ],
        'a tag in the store alone': ['no-stable', `podman tag localhost/v2 ${os}:stable`],
        'no version 2': ['no-version-2', unpushed('2')],
      },
    },
    {
      check: 'pinned',
      before: `${three}; rm -rf ~/ship/kiosk; gone ${kiosk}`,
      right: {
        'as the page pins it': `${recipe(`FROM ${os}@D`, label)}${buildKiosk}`,
        'in lower case': `${recipe(`from ${os}@D`, label)}${buildKiosk}`,
        'with a platform': `${recipe(`FROM --platform=linux/$(arch) ${os}@D`.replace('$(arch)', 'amd64'), label)}${buildKiosk}`,
        'with the tag and the digest': `${recipe(`FROM ${os}:2@D`, label)}${buildKiosk}`,
        'in a Dockerfile, without the cache': `${recipe(`FROM ${os}@D`, label)}mv ~/ship/kiosk/Containerfile ~/ship/kiosk/Dockerfile; ${buildKiosk.replace('--quiet', '--quiet --no-cache')}`,
        'in an argument': `${recipe(`ARG BASE=${os}@D`, 'FROM ${BASE}', label)}${buildKiosk}`,
        'behind a stage that is not': `${recipe(`FROM ${os}:1 AS tools`, 'RUN true', `FROM ${os}@D`, 'COPY --from=tools /etc/hostname /usr/share/x')}${buildKiosk}`,
        'through a stage of its own': `${recipe(`FROM ${os}@D AS fixed`, 'FROM fixed', label)}${buildKiosk}`,
      },
      wrong: {
        'no Containerfile': ['containerfile-missing', ':'],
        'by tag': ['by-tag', `${recipe(`FROM ${os}:2`, label)}${buildKiosk}`],
        'the digest in a comment': ['by-tag', `${recipe(`# FROM ${os}@D`, `FROM ${os}:2`, label)}${buildKiosk}`],
        'the first stage alone': [
          'by-tag',
          `${recipe(`FROM ${os}@D AS fixed`, 'RUN true', `FROM ${os}:2`, 'COPY --from=fixed /etc/hostname /usr/share/x')}${buildKiosk}`,
        ],
        'pinned and not built': ['image-missing', recipe(`FROM ${os}@D`, label)],
        'pinned, and built before that': ['not-on-pin', `${kioskOn('1')}; ${recipe(`FROM ${os}@D`, label)}`],
        'a digest that the registry has no longer': [
          'not-in-registry',
          `${recipe(`FROM ${os}@D`, label)}${buildKiosk}; ${unpushed('2')}`,
        ],
        'a digest that nobody has': ['not-buildable', recipe(`FROM ${os}@sha256:${'0'.repeat(64)}`, label)],
      },
    },
    {
      check: 'kiosk-current',
      before: `${three}; skopeo copy -q docker://${os}:3 docker://${os}:stable; rm -rf ~/ship/kiosk; gone ${kiosk}`,
      right: {
        'as the page builds it': kioskOn('stable'),
        'by the number that is stable': kioskOn('3'),
        'by buildah': `buildah pull -q --policy always ${os}:stable > /dev/null; printf 'FROM ${os}:stable\\nRUN true\\n' | buildah bud -q -t ${kiosk} -f - /run/lab > /dev/null`,
        'by digest': `${kioskOn('stable')}; printf "FROM ${os}@$(digest ${os}:stable)\\nRUN true\\n" | image ${kiosk}`,
        'in the format of Docker': `printf 'FROM localhost/v3\\nRUN true\\n' | podman build -q --format docker -t ${kiosk} -f - /run/lab > /dev/null`,
        'on a stage that stands on it': `printf 'FROM localhost/v3 AS a\\nRUN true\\nFROM a\\nRUN echo y > /usr/share/y\\n' | image ${kiosk}`,
      },
      wrong: {
        'no image': ['image-missing', ':'],
        'on version 1': ['behind-stable', kioskOn('1')],
        'on the base': ['behind-stable', `printf 'FROM %s\\nRUN true\\n' $base | image ${kiosk}`],
        'stable has moved': ['behind-stable', `${kioskOn('3')}; skopeo copy -q docker://${os}:2 docker://${os}:stable`],
        'no stable': ['no-stable', `${kioskOn('3')}; ${unpushed('stable')}`],
      },
    },
  ],
  [1, 2, 3].map((number) => version(String(number), `localhost/v${number}`)).join('\n'),
);
