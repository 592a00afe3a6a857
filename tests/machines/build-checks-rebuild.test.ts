// The checks of rebuilding in "An image on an image": right answers as on the page and in other ways, and wrong ones.
import { testChecks } from './support/check-cases.ts';

const org = 'registry.lab/org/desktop:1';
const team = 'registry.lab/team/kiosk:1';
/** An image built on another one, with a file of kernel settings. */
const settings = (name: string, from: string, file: string, text: string, build = '--quiet') =>
  `printf '%b\\n' '${text}' > /run/lab/settings; printf 'FROM ${from}\\nCOPY settings /usr/lib/sysctl.d/${file}\\n' | podman build ${build} -t ${name} -f - /run/lab > /dev/null`;
const push = (name: string) => `podman push -q ${name} > /dev/null`;
const organisation = (text = 'kernel.dmesg_restrict = 1') =>
  settings(org, 'registry.lab/eu-os/base:13', '50-org.conf', text);
const teamOf = (from = org, build = '--quiet') =>
  settings(team, from, '60-team.conf', 'fs.inotify.max_user_watches = 262144', build);
const script = (...lines: string[]) =>
  `cat > ~/nest/rebuild-if-stale <<'EOF'\n${lines.join('\n')}\nEOF\nchmod 755 ~/nest/rebuild-if-stale`;
const asOnPage = 'cp /lab/files/rebuild-if-stale ~/nest/; chmod 755 ~/nest/rebuild-if-stale';
const both = `${organisation()}; ${push(org)}; ${teamOf()}; ${push(team)}`;
const newer = `${settings('localhost/server', 'registry.lab/eu-os/base:13', '50-org.conf', 'kernel.dmesg_restrict=1\\nkernel.kptr_restrict=2')}; podman push -q localhost/server docker://${org} > /dev/null`;

const tools = 'registry.lab/team/tools:1';
const suite = 'http://packages.lab/debian/dists/trixie';
const sum = `curl -s ${suite}/InRelease | sha256sum`;
const toolsWith = (options: string) =>
  `podman build -q ${options} -t ${tools} -f /lab/files/Containerfile.tools /run/lab > /dev/null`;

testChecks('build-image', [
  {
    check: 'rebuild-works',
    before: `rm -rf ~/nest; mkdir -p ~/nest/team; cp /lab/files/60-team.conf ~/nest/team/; cp /lab/files/Containerfile.team ~/nest/team/Containerfile; ${both}`,
    right: {
      'as on the page': asOnPage,
      'begun with a stale image': `${newer}; ${asOnPage}`,
      'by podman pull and comparison of digests': script(
        '#!/bin/bash',
        'set -e',
        `old=$(skopeo inspect --format '{{.Digest}}' docker://${org})`,
        'if [ "$(cat ~/nest/base 2> /dev/null)" != "$old" ]; then',
        `  podman build --pull=always -q -t ${team} ~/nest/team; podman push -q ${team}; echo "$old" > ~/nest/base`,
        'fi',
      ),
      'in Python': script(
        '#!/usr/bin/python3',
        'import json, subprocess as s',
        'def layers(i): return json.loads(s.check_output(["skopeo", "inspect", "--config", "docker://" + i]))["rootfs"]["diff_ids"]',
        `o, t = layers("${org}"), layers("${team}")`,
        'if t[: len(o)] != o:',
        `    s.check_call("podman build -q --pull=always -t ${team} /root/nest/team && podman push -q ${team}", shell=True)`,
      ),
      'a link to a script elsewhere, which goes to its folder': `${script(
        '#!/bin/sh -e',
        'cd ~/nest/team',
        `l() { skopeo inspect --config docker://$1 | jq -c .rootfs.diff_ids; }`,
        `o=$(l ${org}) t=$(l ${team}); case $t in "\${o%]},"*) exit 0 ;; esac`,
        `podman pull -q ${org}; buildah bud -q -t ${team} .; buildah push -q ${team}`,
      )}; mv ~/nest/rebuild-if-stale ~/nest/r; ln -s r ~/nest/rebuild-if-stale`,
      'on the digest': script(
        '#!/bin/sh -e',
        `l() { skopeo inspect --config docker://$1 | jq -c .rootfs.diff_ids; }`,
        `o=$(l ${org}) t=$(l ${team}); case $t in "\${o%]},"*) exit 0 ;; esac`,
        `podman build -q --from registry.lab/org/desktop@$(skopeo inspect --format '{{.Digest}}' docker://${org}) -t ${team} ~/nest/team; podman push -q ${team}`,
      ),
    },
    wrong: {
      'no script': ['script-missing', ':'],
      'may not be executed': ['not-executable', `${asOnPage}; chmod 644 ~/nest/rebuild-if-stale`],
      'ends with an error': ['script-failed', script('#!/bin/sh', 'exit 3')],
      'builds and pushes each time': [
        'rebuilds-always',
        script(
          '#!/bin/sh -e',
          `date > ~/nest/team/60-team.conf; podman build -q -t ${team} ~/nest/team; podman push -q ${team}`,
        ),
      ],
      'is no program that a shell can read': ['script-failed', script('#!/bin/sh', 'if true; then')],
      'builds and does not push': [
        'rebuilds-never',
        script('#!/bin/sh -e', `podman build -q --pull=always -t ${team} ~/nest/team`),
      ],
      'does nothing': ['rebuilds-never', script('#!/bin/sh', 'exit 0')],
      'builds from the store': [
        'rebuilds-never',
        script('#!/bin/sh -e', `podman build -q -t ${team} ~/nest/team; podman push -q ${team}`),
      ],
    },
  },
  {
    check: 'layers-patched',
    before: `rm -rf ~/nest; gone ${tools}; podman image prune --force > /dev/null; ${organisation()}`,
    right: {
      'as the page builds it': `${toolsWith('')}; ${toolsWith(`--build-arg PACKAGES=$(${sum} | cut -c 1-12)`)}`,
      'once more, from the cache': `${toolsWith(`--build-arg PACKAGES=$(${sum} | cut -c 1-12)`)}; ${toolsWith(`--build-arg PACKAGES=$(${sum} | cut -c 1-12)`)}`,
      'with --no-cache': `${toolsWith('')}; ${toolsWith('--no-cache')}`,
      'with the whole sum': toolsWith(`--build-arg PACKAGES=$(${sum} | cut -d ' ' -f 1)`),
      'with the sum of the list of packages': toolsWith(
        `--build-arg PACKAGES=$(curl -s ${suite}/main/binary-amd64/Packages.gz | md5sum | cut -d ' ' -f 1)`,
      ),
      'with what the server tells caches': toolsWith(
        `--build-arg PACKAGES=$(curl -sI ${suite}/InRelease | tr -d '\\r"' | sed -n 's/^ETag: //Ip')`,
      ),
      'from the environment': `export PACKAGES=$(${sum} | cut -c 1-20); ${toolsWith('--build-arg PACKAGES')}`,
      'written into the Containerfile, under another name': `sed "s/ARG PACKAGES=.*/ARG DEBIAN=$(${sum} | cut -c 1-16)/" /lab/files/Containerfile.tools | podman build -q -t ${tools} -f - /run/lab > /dev/null`,
      'by buildah, which keeps no steps': `buildah bud -q --build-arg PACKAGES=$(${sum} | cut -c 1-12) -t ${tools} -f /lab/files/Containerfile.tools /run/lab > /dev/null`,
    },
    wrong: {
      'no image': ['image-missing', ':'],
      'built without the argument': ['not-asked', toolsWith('')],
      'built twice, from the cache': ['not-asked', `${toolsWith('')}; ${toolsWith('--pull=always')}`],
      'another value': ['not-asked', toolsWith('--build-arg PACKAGES=patched-today')],
      'the sum of an empty answer': [
        'not-asked',
        toolsWith('--build-arg PACKAGES=$(sha256sum < /dev/null | cut -c 1-12)'),
      ],
      'an empty value': ['not-asked', toolsWith('--build-arg PACKAGES=')],
      'the first letters alone': ['not-asked', toolsWith(`--build-arg PACKAGES=$(${sum} | cut -c 1-3)`)],
      'built once, on an image of the organisation that was built twice': [
        'not-asked',
        `${settings(org, 'registry.lab/eu-os/base:13', '50-org.conf', 'kernel.dmesg_restrict = 1', '--quiet --no-cache')}; ${toolsWith('')}`,
      ],
      'the package removed again': [
        'package-missing',
        `${toolsWith(`--build-arg PACKAGES=$(${sum} | cut -c 1-12)`)}; printf 'FROM ${tools}\\nRUN dpkg --remove tree\\n' | image ${tools}`,
      ],
      'the value noted in a label': [
        'not-asked',
        `printf "FROM ${org}\\nRUN apt-get update && apt-get install -y tree\\nLABEL packages=$(${sum} | cut -c 1-12)\\n" | image ${tools}`,
      ],
    },
  },
]);
