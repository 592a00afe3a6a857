// The checks of the image itself in "From Containerfile to image", with right answers as on the page and in other spellings, and with wrong ones.
import { testChecks } from './support/check-cases.ts';

const os = 'registry.lab/my/os:1';
const recipe = (...lines: string[]) =>
  `mkdir -p ~/os; printf '%s\\n' 'FROM registry.lab/eu-os/base:13' ${lines.map((line) => `'${line.replaceAll("'", `'\\''`)}'`).join(' ')} | image ${os} ~/os`;
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
        'squashed, with a label from the command': `mkdir -p ~/mine; echo "FROM $base" > ~/mine/Dockerfile; podman build -q --squash --label a=b -t ${os} ~/mine > /dev/null`,
        'committed from a container': `podman run --replace --name c "$base" touch /usr/share/x; podman commit -q c ${os} > /dev/null; podman rm c > /dev/null`,
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
        'the base in the first stage alone': [
          'not-on-base',
          `printf 'FROM %s AS a\\nRUN true\\nFROM scratch\\nCOPY --from=a /etc/os-release /x\\n' $base | image ${os}`,
        ],
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
        'downloaded, and installed by dpkg': `printf 'FROM %s\\nRUN apt-get update && apt-get install -y --no-install-recommends --download-only openssh-server\\nRUN dpkg --install /var/cache/apt/archives/*.deb\\n' $base | image ${os}`,
        'squashed into one layer': `printf 'FROM localhost/with-ssh\\nRUN true\\n' | podman build -q --squash-all -t ${os} -f - /run/lab > /dev/null`,
      },
      wrong: {
        'no image': ['image-missing', ':'],
        'not installed': ['package-missing', 'touch -d 2020-01-01 ~/os/Containerfile\n' + recipe('LABEL a=b')],
        'downloaded alone': [
          'package-missing',
          recipe('RUN apt-get update && apt-get install -y --download-only openssh-server'),
        ],
        'the client alone': ['package-missing', recipe('RUN apt-get update && apt-get install -y openssh-client')],
        'in the database of another system': [
          'package-missing',
          recipe('RUN echo "Package: openssh-server" >> /usr/share/x'),
        ],
        'removed again': [
          'package-missing',
          `printf 'FROM localhost/with-ssh\\nRUN dpkg --remove openssh-server\\n' | image ${os}`,
        ],
        'written after the build': [
          'containerfile-ahead',
          `${recipe('LABEL a=b')}; cp /lab/files/Containerfile.package ~/os/Containerfile`,
        ],
      },
    },
    {
      check: 'keys-not-shared',
      before: `gone ${os}; rm -rf ~/os; mkdir ~/os`,
      right: {
        'the drop-in of the page': `cp /lab/files/ssh-keys-at-boot.conf ~/os/k.conf; printf 'FROM localhost/no-keys\\nCOPY k.conf /usr/lib/systemd/system/ssh.service.d/k.conf\\n' | image ${os} ~/os`,
        'the drop-in in /etc': `cp /lab/files/ssh-keys-at-boot.conf ~/os/k.conf; printf 'FROM localhost/no-keys\\nCOPY k.conf /etc/systemd/system/ssh.service.d/x.conf\\n' | image ${os} ~/os`,
        'the condition of the first boot taken from the service of Debian': `printf 'FROM localhost/no-keys\\nRUN mkdir -p /usr/lib/systemd/system/sshd-keygen.service.d && printf "[Unit]\\\\nConditionFirstBoot=\\\\n" > /usr/lib/systemd/system/sshd-keygen.service.d/x.conf\\n' | image ${os}`,
        'a service of its own before ssh': `printf '[Unit]\\nBefore=ssh.service\\n[Service]\\nType=oneshot\\nExecStart=/usr/bin/ssh-keygen -A\\n[Install]\\nWantedBy=ssh.service\\n' > ~/os/keys.service; printf 'FROM localhost/no-keys\\nCOPY keys.service /usr/lib/systemd/system/keys.service\\nRUN systemctl enable keys.service\\n' | image ${os} ~/os`,
        'deleted later, and all squashed into one layer': `cp /lab/files/ssh-keys-at-boot.conf ~/os/k.conf; printf 'FROM localhost/with-ssh\\nRUN rm /etc/ssh/ssh_host_*\\nCOPY k.conf /usr/lib/systemd/system/ssh.service.d/k.conf\\n' | podman build -q --squash-all -t ${os} -f - ~/os > /dev/null`,
        'one kind of key alone': `printf '[Service]\\nExecStartPre=\\nExecStartPre=/usr/bin/ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key\\n' > ~/os/k.conf; printf 'FROM localhost/no-keys\\nCOPY k.conf /usr/lib/systemd/system/ssh.service.d/k.conf\\n' | image ${os} ~/os`,
      },
      wrong: {
        'no image': ['image-missing', ':'],
        'keys left in': ['host-keys-inside', `podman tag localhost/with-ssh ${os}`],
        'keys moved elsewhere': [
          'host-keys-inside',
          `printf 'FROM localhost/no-keys\\nRUN mkdir /usr/share/keys && ssh-keygen -q -t ed25519 -N "" -f /usr/share/keys/host\\n' | image ${os}`,
        ],
        'a key in a format of old': [
          'host-keys-inside',
          `printf 'FROM localhost/no-keys\\nRUN ssh-keygen -q -t rsa -m PEM -N "" -f /etc/ssh/ssh_host_rsa_key\\n' | image ${os}`,
        ],
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
        'by its full path, with a label after it': built(
          'RUN /usr/bin/bootc container lint --fatal-warnings',
          'LABEL a=b',
        ),
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
        'a log that is copied after the linter': [
          'lint-failed',
          `mkdir -p ~/os; echo x > ~/os/x.log; ${built('RUN bootc container lint --fatal-warnings', 'COPY x.log /var/log/x.log')}`,
        ],
        'a log since, and the build failed': [
          'lint-failed',
          `${built('RUN bootc container lint --fatal-warnings')}; sed -i 's,^RUN,RUN echo > /var/log/x\\nRUN,' ~/os/Containerfile; ! podman build -q -t ${os} ~/os > /dev/null 2>&1`,
        ],
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
