// The checks about a build see whether the image is what the recipe produces now. Each is given a recipe that passes; the
// answers are ways to build it, and ways to fail.
import { testChecks, type CheckCases } from './support/check-cases.ts';

interface Built {
  check: string;
  image: string;
  folder: string;
  /** What follows the recipe's FROM. */
  from: string;
  step?: string;
  /** For a check that also tries the files in the folder: no answer leaves the recipe elsewhere. */
  isInFolder?: boolean;
  /** What follows each build. */
  afterwards?: string;
}

const os = 'registry.lab/my/os:1';
const team = 'registry.lab/team/kiosk:1';
const checks: Built[] = [
  { check: 'own-image', image: os, folder: '~/os', from: 'registry.lab/eu-os/base:13' },
  { check: 'package-installed', image: os, folder: '~/os', from: 'localhost/with-ssh' },
  { check: 'inventory-ready', image: os, folder: '~/os', from: 'localhost/inventory' },
  {
    check: 'lint-clean',
    image: os,
    folder: '~/os',
    from: 'registry.lab/eu-os/base:13',
    step: 'RUN bootc container lint --fatal-warnings',
    isInFolder: true,
  },
  { check: 'keys-not-shared', image: os, folder: '~/os', from: 'localhost/own-keys' },
  { check: 'user-declared', image: 'registry.lab/my/try:1', folder: '~/os/try', from: 'localhost/kiosk' },
  { check: 'image-built', image: os, folder: '~/ship', from: 'localhost/v1' },
  {
    check: 'kiosk-current',
    image: 'registry.lab/my/kiosk:1',
    folder: '~/ship/kiosk',
    from: 'registry.lab/my/os:stable',
  },
  {
    check: 'team-on-org',
    image: team,
    folder: '~/nest/team',
    from: 'registry.lab/org/desktop:1',
    afterwards: `podman push -q ${team} > /dev/null`,
  },
  { check: 'policy-kept', image: 'registry.lab/team/try:1', folder: '~/nest/try', from: 'registry.lab/org/desktop:1' },
  { check: 'layers-patched', image: 'registry.lab/team/tools:1', folder: '~/nest/tools', from: 'localhost/tools' },
];

const cases = ({
  check,
  image,
  folder,
  from,
  // For this check alone: an image that another check's answer made by the same steps would be older than the recipe.
  step = `RUN : ${check}`,
  afterwards = ':',
  isInFolder = false,
}: Built): CheckCases => {
  const recipe = (lines: string, file = 'Containerfile') => `printf '${lines}' > ${folder}/${file}`;
  const good = recipe(`FROM ${from}\\n${step}\\n`);
  const build = (more = '') => `podman build -q ${more} -t ${image} ${folder} > /dev/null; ${afterwards}`;
  /** A recipe that podman refuses, built after a good one. */
  const failed = (lines: string) =>
    `${good}; ${build()}; ${recipe(lines)}; ! podman build -q -t ${image} ${folder} 2> /dev/null`;
  const elsewhere = {
    'from another file, beside one that nobody can build': `${recipe('FROM registry.lab/no/such:1\\n')}; ${recipe(`FROM ${from}\\n${step}\\n`, 'Other')}; ${build(`-f ${folder}/Other`)}`,
    'from standard input, where the folder has no recipe': `printf 'FROM ${from}\\n${step}\\n' | image ${image}; ${afterwards}`,
  };
  return {
    check,
    before: `rm -rf ${folder}; mkdir -p ${folder}; gone ${image}`,
    right: {
      ...(isInFolder ? {} : elsewhere),
      built: `${good}; ${build()}`,
      'built with --no-cache, and typed again as it was': `${good}; ${build('--no-cache')}; rm ${folder}/Containerfile; ${good}`,
      'mended as it was, after a build that failed': `${failed(`FROM ${from}\\nRUN false\\n`)}; ${good}`,
      'in a file named Dockerfile': `${recipe(`FROM ${from}\\n${step}\\n`, 'Dockerfile')}; ${build()}`,
      'by buildah, which keeps no steps': `${good}; buildah bud -q -t ${image} ${folder} > /dev/null; ${afterwards}`,
    },
    wrong: {
      'the first build failed': ['build-fails', recipe(`FROM ${from}-misspelt\\n${step}\\n`)],
      'a command failed': ['build-fails', failed(`FROM ${from}\\nRUN false\\n${step}\\n`)],
      'a file to copy is not there': ['build-fails', failed(`FROM ${from}\\nCOPY nothing /x\\n${step}\\n`)],
      'no such instruction': ['build-fails', failed(`FROM ${from}\\nRUNN true\\n${step}\\n`)],
      'changed and not built': [
        'containerfile-ahead',
        `${good}; ${build()}; ${recipe(`FROM ${from}\\n${step}\\nLABEL c=d\\n`)}`,
      ],
      'an older file moved there and not built': [
        'containerfile-ahead',
        `${recipe(`FROM ${from}\\n${step}\\nLABEL c=d\\n`, 'Old')}; touch -d 2020-01-01 ${folder}/Old; ${good}; ${build()}; mv ${folder}/Old ${folder}/Containerfile`,
      ],
    },
  };
};

const apt = (packages: string, more: string) =>
  `ARG DEBIAN_FRONTEND=noninteractive\\nRUN apt-get update && apt-get install -y --no-install-recommends ${packages}${more}\\n`;
const org = 'registry.lab/org/desktop:1';

testChecks(
  'build-image',
  checks.map(cases),
  `cd /run/lab
cp /lab/files/inventory /lab/files/*.conf /lab/files/inventory.service .
printf 'FROM %s\\n${apt('openssh-server', '')}' $base | image localhost/with-ssh
printf 'FROM %s\\n${apt('openssh-server', ' && rm /etc/ssh/ssh_host_*')}COPY ssh-keys-at-boot.conf /usr/lib/systemd/system/ssh.service.d/k.conf\\n' $base | image localhost/own-keys
printf 'FROM %s\\nCOPY --chmod=755 inventory /usr/libexec/inventory\\nCOPY inventory.service /usr/lib/systemd/system/\\nCOPY inventory.sysusers.conf /usr/lib/sysusers.d/\\nRUN systemctl enable inventory.service\\n' $base | image localhost/inventory
printf 'FROM %s\\nCOPY kiosk.sysusers.conf /usr/lib/sysusers.d/kiosk.conf\\n' $base | image localhost/kiosk
podman build -q -t localhost/v1 -f /lab/files/Containerfile.ship . > /dev/null
podman tag localhost/v1 registry.lab/my/os:stable
podman push -q registry.lab/my/os:stable > /dev/null
printf 'FROM %s\\nRUN echo kernel.dmesg_restrict=1 > /usr/lib/sysctl.d/50-org.conf\\n' $base | image ${org}
podman push -q ${org} > /dev/null
state=$(curl -s http://packages.lab/debian/dists/trixie/InRelease | sha256sum | cut -c 1-12)
podman build -q --build-arg PACKAGES=$state -t localhost/tools -f /lab/files/Containerfile.tools . > /dev/null`,
);
