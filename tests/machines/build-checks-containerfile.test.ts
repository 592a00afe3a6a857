// The checks of "From Containerfile to image", with right answers as on the page and in other spellings, and with wrong ones.
import { testChecks } from './support/check-cases.ts';

const os = 'registry.lab/my/os:1';
const files =
  'rm -rf ~/os; mkdir -p ~/os/files/usr/libexec ~/os/files/usr/lib/systemd/system ~/os/files/usr/lib/sysusers.d';
/** The files of the page, where it puts them. */
const inventory = `${files}; gone ${os}
cp /lab/files/inventory ~/os/files/usr/libexec/; chmod 755 ~/os/files/usr/libexec/inventory
cp /lab/files/inventory.service ~/os/files/usr/lib/systemd/system/
cp /lab/files/inventory.sysusers.conf ~/os/files/usr/lib/sysusers.d/inventory.conf`;
const recipe = (...lines: string[]) =>
  `mkdir -p ~/os; printf '%s\\n' 'FROM registry.lab/eu-os/base:13' ${lines.map((line) => `'${line.replaceAll("'", `'\\''`)}'`).join(' ')} | image ${os} ~/os`;
const enable = 'RUN systemctl enable inventory.service';
const unit = '~/os/files/usr/lib/systemd/system/inventory.service';
const users = '~/os/files/usr/lib/sysusers.d/inventory.conf';
const copied = recipe('COPY files/ /', enable);

/** ~/os/Containerfile with these lines after the base, built. */
const built = (...lines: string[]) => `mkdir -p ~/os; gone ${os}
cat > ~/os/Containerfile <<'CONTAINERFILE'
FROM registry.lab/eu-os/base:13
${lines.join('\n')}
CONTAINERFILE
podman build --quiet --tag ${os} ~/os > /dev/null`;

testChecks(
  'build-image',
  [
    {
      check: 'own-image',
      before: `gone ${os}; rm -rf ~/os`,
      right: {
        'as the page builds it': built('LABEL org.opencontainers.image.title="My OS"'),
        'from standard input': recipe('LABEL a=b'),
        'by buildah, without a Containerfile': `c=$(buildah from $base); buildah config --label a=b $c; buildah commit -q $c ${os} > /dev/null; buildah rm $c > /dev/null`,
        'in lower case, with an argument': `printf 'arg B=13\\nfrom registry.lab/eu-os/base:\${B} as x\\nrun true\\n' | image ${os}`,
        'in the format of Docker': `printf 'FROM %s\\nLABEL a=b\\n' $base | podman build -q --format docker -t ${os} -f - /run/lab > /dev/null`,
      },
      wrong: {
        'nothing at all': ['containerfile-missing', ':'],
        'written and not built': [
          'image-missing',
          'mkdir ~/os; echo "FROM registry.lab/eu-os/base:13" > ~/os/Containerfile',
        ],
        'built under another name': [
          'image-missing',
          `${built('LABEL a=b')}; podman tag ${os} registry.lab/my/os:2; gone ${os}`,
        ],
        'from scratch': ['not-on-base', `printf 'FROM scratch\\nLABEL containers.bootc=1\\n' | image ${os}`],
        'the base under another name': ['base-itself', `podman tag $base ${os}`],
        'the label taken away': ['not-bootable', recipe('LABEL containers.bootc=0')],
      },
    },
    {
      check: 'package-installed',
      before: `gone ${os}; rm -rf ~/os; mkdir ~/os`,
      right: {
        'as the page installs it': `podman tag localhost/with-ssh ${os}`,
        'another user is set at the end': `printf 'FROM localhost/with-ssh\\nUSER nobody\\n' | image ${os}`,
        'an entry point is set': `printf 'FROM localhost/with-ssh\\nENTRYPOINT ["/bin/false"]\\nWORKDIR /nowhere\\n' | image ${os}`,
        'more was installed after it': `printf 'FROM localhost/with-ssh\\nRUN echo > /usr/share/more\\n' | image ${os}`,
        'squashed into one layer': `printf 'FROM localhost/with-ssh\\nRUN true\\n' | podman build -q --squash-all -t ${os} -f - /run/lab > /dev/null`,
      },
      wrong: {
        'no image': ['image-missing', ':'],
        'not installed': ['package-missing', 'touch -d 2020-01-01 ~/os/Containerfile\n' + recipe('LABEL a=b')],
        'the client alone in the recipe, built': [
          'package-missing',
          recipe('RUN echo "Package: openssh-server" >> /usr/share/x'),
        ],
        'removed again': [
          'package-missing',
          `printf 'FROM localhost/with-ssh\\nRUN dpkg --remove openssh-server\\n' | image ${os}`,
        ],
        'written after the build': [
          'containerfile-ahead',
          recipe('LABEL a=b') + '; sleep 1.1; echo "RUN apt-get install openssh-server" > ~/os/Containerfile',
        ],
      },
    },
    {
      check: 'inventory-ready',
      before: inventory,
      right: {
        'as the page has it': copied,
        'tabs, quotes and another order': `printf 'u\\t"inventory"\\t-\\t"Inventory"\\n' > ${users}; ${copied}`,
        'the user in a file of another name': `mv ${users} ~/os/files/usr/lib/sysusers.d/zz.conf; ${copied}`,
        'a dynamic user': `rm ${users}; sed -i 's/^User=.*/DynamicUser=yes/' ${unit}; ${copied}`,
        'enabled by a link in /usr': `mkdir ${unit.replace('inventory.service', 'multi-user.target.wants')}; ln -s ../inventory.service ${unit.replace('inventory.service', 'multi-user.target.wants/')}; ${recipe('COPY files/ /')}`,
        'in a later file of drop-ins': `sed -i /User=/d ${unit}; mkdir ${unit}.d; printf '[Service]\\nUser=inventory\\n' > ${unit}.d/user.conf; ${copied}`,
      },
      wrong: {
        'no image': ['image-missing', ':'],
        'no program': ['file-missing', `rm ~/os/files/usr/libexec/inventory; ${copied}`],
        'may not be executed': ['not-executable', `chmod 644 ~/os/files/usr/libexec/inventory; ${copied}`],
        'declared in a comment': ['user-missing', `sed -i 's/^u /# u /' ${users}; ${copied}`],
        'made by hand': [
          'user-by-hand',
          `rm ${users}; ${recipe('COPY files/ /', 'RUN useradd --system inventory', enable)}`,
        ],
        'runs as root': ['runs-as-root', `sed -i /User=/d ${unit}; ${copied}`],
        'not enabled': ['service-not-enabled', recipe('COPY files/ /')],
        'enabled for a target that no boot reaches': [
          'service-not-enabled',
          `sed -i s/multi-user/rescue/ ${unit}; ${copied}`,
        ],
        'enabled and masked': [
          'file-missing',
          recipe('COPY files/ /', enable, 'RUN systemctl mask --force inventory.service'),
        ],
      },
    },
    {
      check: 'user-declared',
      before: 'gone registry.lab/my/try:1; rm -rf ~/os/try; mkdir -p ~/os/try',
      right: Object.fromEntries(
        Object.entries({
          'as the page declares it': 'u kiosk - "Kiosk session"',
          'tabs and quotes': 'u\t"kiosk"\t-\t"Kiosk"',
          'locked, with a number': 'u! kiosk 480 "Kiosk" /var/lib/kiosk /usr/sbin/nologin',
          'as a member of a group': 'm kiosk audio',
          'the fewest fields': 'u kiosk',
        }).map(([what, line]) => [
          what,
          `printf '%s\\n' '${line}' > ~/os/try/k.conf; printf 'FROM %s\\nCOPY k.conf /usr/lib/sysusers.d/k.conf\\n' $base | image registry.lab/my/try:1 ~/os/try`,
        ]),
      ),
      wrong: {
        'no image': ['image-missing', ':'],
        useradd: [
          'user-by-hand',
          `printf 'FROM %s\\nRUN useradd --system kiosk\\n' $base | image registry.lab/my/try:1`,
        ],
        'in a comment': [
          'user-missing',
          `printf 'FROM %s\\nRUN echo "# u kiosk -" > /usr/lib/sysusers.d/k.conf\\n' $base | image registry.lab/my/try:1`,
        ],
        'in a file without .conf': [
          'user-missing',
          `printf 'FROM %s\\nRUN echo "u kiosk -" > /usr/lib/sysusers.d/kiosk\\n' $base | image registry.lab/my/try:1`,
        ],
        'a group only': [
          'user-missing',
          `printf 'FROM %s\\nRUN echo "g kiosk -" > /usr/lib/sysusers.d/k.conf\\n' $base | image registry.lab/my/try:1`,
        ],
        'declared, and hidden by an empty file in /etc': [
          'user-missing',
          `printf 'FROM %s\\nRUN echo "u kiosk -" > /usr/lib/sysusers.d/k.conf && mkdir -p /etc/sysusers.d && ln -s /dev/null /etc/sysusers.d/k.conf\\n' $base | image registry.lab/my/try:1`,
        ],
      },
    },
    {
      check: 'keys-not-shared',
      before: `gone ${os}; mkdir -p ~/os`,
      right: {
        'the drop-in of the page': `cp /lab/files/ssh-keys-at-boot.conf ~/os/k.conf; printf 'FROM localhost/no-keys\\nCOPY k.conf /usr/lib/systemd/system/ssh.service.d/k.conf\\n' | image ${os} ~/os`,
        'the drop-in in /etc': `cp /lab/files/ssh-keys-at-boot.conf ~/os/k.conf; printf 'FROM localhost/no-keys\\nCOPY k.conf /etc/systemd/system/ssh.service.d/x.conf\\n' | image ${os} ~/os`,
        'the condition of the first boot taken from the service of Debian': `printf 'FROM localhost/no-keys\\nRUN mkdir -p /usr/lib/systemd/system/sshd-keygen.service.d && printf "[Unit]\\\\nConditionFirstBoot=\\\\n" > /usr/lib/systemd/system/sshd-keygen.service.d/x.conf\\n' | image ${os}`,
        'a service of its own before ssh': `printf '[Unit]\\nBefore=ssh.service\\n[Service]\\nType=oneshot\\nExecStart=/usr/bin/ssh-keygen -A\\n[Install]\\nWantedBy=ssh.service\\n' > ~/os/keys.service; printf 'FROM localhost/no-keys\\nCOPY keys.service /usr/lib/systemd/system/keys.service\\nRUN systemctl enable keys.service\\n' | image ${os} ~/os`,
        'one kind of key alone': `printf '[Service]\\nExecStartPre=\\nExecStartPre=/usr/bin/ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key\\n' > ~/os/k.conf; printf 'FROM localhost/no-keys\\nCOPY k.conf /usr/lib/systemd/system/ssh.service.d/k.conf\\n' | image ${os} ~/os`,
      },
      wrong: {
        'no image': ['image-missing', ':'],
        'keys left in': ['host-keys-inside', `podman tag localhost/with-ssh ${os}`],
        'keys deleted by a later RUN': [
          'host-keys-inside',
          `printf 'FROM localhost/with-ssh\\nRUN rm /etc/ssh/ssh_host_*\\n' | image ${os}`,
        ],
        'no keys, and nothing makes any': ['no-keys-at-boot', `podman tag localhost/no-keys ${os}`],
        'the command in a comment': [
          'no-keys-at-boot',
          `printf '[Service]\\n# ExecStartPre=/usr/bin/ssh-keygen -A\\n' > ~/os/k.conf; printf 'FROM localhost/no-keys\\nCOPY k.conf /usr/lib/systemd/system/ssh.service.d/k.conf\\n' | image ${os} ~/os`,
        ],
        'the drop-in of another service': [
          'no-keys-at-boot',
          `cp /lab/files/ssh-keys-at-boot.conf ~/os/k.conf; printf 'FROM localhost/no-keys\\nCOPY k.conf /usr/lib/systemd/system/rescue.service.d/k.conf\\n' | image ${os} ~/os`,
        ],
      },
    },
    {
      check: 'lint-clean',
      before: 'rm -rf ~/os',
      right: {
        'on a line of its own': built('RUN bootc container lint --fatal-warnings'),
        'after && at the beginning of a line': built('RUN true \\', '&& bootc container lint --fatal-warnings'),
        'as a list of words': built('RUN ["bootc", "container", "lint", "--fatal-warnings"]'),
        'in lower case, with a tab': built('run\tbootc container lint --fatal-warnings'),
        'in a here-document': built('RUN <<EOF', 'set -e', 'true', 'bootc container lint --fatal-warnings', 'EOF'),
        'in a script that the build copies': `mkdir ~/os; printf '#!/bin/sh\\nexec /usr/bin/bootc container lint --no-truncate --fatal-warnings\\n' > ~/os/check.sh; chmod 755 ~/os/check.sh; ${built('COPY check.sh /usr/libexec/check.sh', 'RUN /usr/libexec/check.sh')}`,
        'in a file named Dockerfile': `${built('RUN bootc container lint --fatal-warnings')}; mv ~/os/Containerfile ~/os/Dockerfile`,
        'a recipe that does not go twice': built(
          'RUN mkdir /usr/share/once',
          'RUN bootc container lint --fatal-warnings',
        ),
      },
      wrong: {
        'no image': ['image-missing', `gone ${os}`],
        'a comment after another command': [
          'lint-not-in-build',
          built('RUN true # bootc container lint --fatal-warnings'),
        ],
        'whatever the linter says': ['lint-ignored', built('RUN (bootc container lint --fatal-warnings || true)')],
        'without --fatal-warnings': ['lint-ignored', built('RUN bootc container lint')],
        echoed: ['lint-not-in-build', built('RUN echo bootc container lint --fatal-warnings')],
        'a log left in': ['lint-failed', built('RUN echo x > /var/log/x.log')],
        'the build is broken by now': [
          'build-fails',
          `${built('RUN bootc container lint --fatal-warnings')}; echo 'RUN no-such-command' >> ~/os/Containerfile; sed -i '/bootc/d' ~/os/Containerfile`,
        ],
      },
    },
  ],
  `printf 'FROM %s\\nARG DEBIAN_FRONTEND=noninteractive\\nRUN apt-get update && apt-get install -y openssh-server\\n' $base | image localhost/with-ssh
printf 'FROM %s\\nARG DEBIAN_FRONTEND=noninteractive\\nRUN apt-get update && apt-get install -y openssh-server && rm /etc/ssh/ssh_host_*\\n' $base | image localhost/no-keys`,
);
