// The checks of "An image on an image", with right answers as on the page and by other ways, and with wrong ones.
import { testChecks } from './support/check-cases.ts';

const org = 'registry.lab/org/desktop:1';
const team = 'registry.lab/team/kiosk:1';
const trial = 'registry.lab/team/try:1';
/** An image on another with a file of kernel settings. */
const settings = (name: string, from: string, file: string, text: string, build = '--quiet') =>
  `printf '%b\\n' '${text}' > /run/lab/settings; printf 'FROM ${from}\\nCOPY settings /usr/lib/sysctl.d/${file}\\n' | podman build ${build} -t ${name} -f - /run/lab > /dev/null`;
const push = (name: string) => `podman push -q ${name} > /dev/null`;
const deleted = (name: string) => `unpushed ${name}`;
const organisation = (text = 'kernel.dmesg_restrict = 1') =>
  settings(org, 'registry.lab/eu-os/base:13', '50-org.conf', text);
const teamOf = (from = org, build = '--quiet') =>
  settings(team, from, '60-team.conf', 'fs.inotify.max_user_watches = 262144', build);
const both = `${organisation()}; ${push(org)}; ${teamOf()}; ${push(team)}`;
const newer = `${settings('localhost/server', 'registry.lab/eu-os/base:13', '50-org.conf', 'kernel.dmesg_restrict=1\\nkernel.kptr_restrict=2')}; podman push -q localhost/server docker://${org} > /dev/null`;
const line = (text: string, file = '60-team.conf') => settings(trial, org, file, text);

testChecks('build-image', [
  {
    check: 'org-pushed',
    before: `rm -rf ~/nest; gone ${org}; ${deleted(org)}`,
    right: {
      'as the page builds it': `${organisation()}; ${push(org)}`,
      'a later build': newer,
      'by skopeo': `${organisation()}; skopeo copy -q containers-storage:${org} docker://${org}`,
      'in a file of another name, as a path': `${settings(org, 'registry.lab/eu-os/base:13', '10-rules.conf', '-kernel/dmesg_restrict=1')}; ${push(org)}`,
      'gone here since': `${organisation()}; ${push(org)}; gone ${org}`,
      'in the format of Docker': `${organisation()}; podman push -q --format v2s2 ${org} > /dev/null`,
    },
    wrong: {
      nothing: ['image-missing', ':'],
      'built alone': ['not-in-registry', organisation()],
      'pushed under another tag': [
        'not-in-registry',
        `${organisation()}; podman push -q ${org} docker://registry.lab/org/desktop:2 > /dev/null`,
      ],
      'the base in its place': ['other-image', `skopeo copy -q "docker://$base" docker://${org}`],
      'a setting that is misspelt': ['setting-missing', `${organisation('kernel.dmesg_restict = 1')}; ${push(org)}`],
      'another value': ['setting-missing', `${organisation('kernel.dmesg_restrict = 0')}; ${push(org)}`],
      'a later build without the setting': [
        'setting-missing',
        `${organisation()}; ${push(org)}; printf 'FROM %s\\nRUN touch /usr/share/x\\n' $base | image localhost/server; podman push -q localhost/server docker://${org} > /dev/null`,
      ],
      'a file that systemd does not read': [
        'setting-missing',
        `${settings(org, 'registry.lab/eu-os/base:13', '50-org.cnf', 'kernel.dmesg_restrict = 1')}; ${push(org)}`,
      ],
      'the first build failed': [
        'build-fails',
        'rm -rf ~/nest; mkdir -p ~/nest/org; cp /lab/files/Containerfile.org ~/nest/org/Containerfile',
      ],
      'from scratch': ['other-image', `printf 'FROM scratch\\nCOPY settings /x\\n' | image ${org}; ${push(org)}`],
    },
  },
  {
    check: 'team-on-org',
    before: `gone ${team}; ${deleted(team)}; ${organisation()}; ${push(org)}`,
    right: {
      'as the page builds it': `${teamOf()}; ${push(team)}`,
      'on the digest': `${teamOf('registry.lab/org/desktop@DIGEST').replace('@DIGEST', `@'"$(digest ${org})"'`)}; ${push(team)}`,
      'on an older build': `${teamOf()}; ${push(team)}; ${newer}`,
      'with an entry point': `printf 'FROM ${org}\\nENTRYPOINT ["/bin/false"]\\nUSER nobody\\n' | image ${team}; ${push(team)}`,
      'by buildah, and copied by skopeo': `c=$(buildah from ${org}); buildah run $c touch /usr/share/x; buildah commit -q $c ${team} > /dev/null; buildah rm $c > /dev/null; skopeo copy -q containers-storage:${team} docker://${team}`,
      'through a stage': `printf 'FROM ${org} AS a\\nFROM a\\nLABEL a=b\\n' | image ${team}; ${push(team)}`,
    },
    wrong: {
      'no image': ['image-missing', ':'],
      'not pushed': ['not-in-registry', teamOf()],
      'the image of the organisation itself': ['org-itself', `podman tag ${org} ${team}; ${push(team)}`],
      'on the base': ['not-on-org', `${teamOf('registry.lab/eu-os/base:13')}; ${push(team)}`],
      'the file is there, and empty': [
        'not-on-org',
        `printf 'FROM %s\\nRUN : > /usr/lib/sysctl.d/50-org.conf\\n' $base | image ${team}; ${push(team)}`,
      ],
      'the setting in a comment': [
        'not-on-org',
        `${settings(team, 'registry.lab/eu-os/base:13', '50-org.conf', '# kernel.dmesg_restrict = 1')}; ${push(team)}`,
      ],
    },
  },
  {
    check: 'team-current',
    before: both,
    right: {
      'as it was built': ':',
      'built again with --pull=always': `${newer}; ${teamOf(org, '--quiet --pull=always')}; ${push(team)}`,
      'built again on the digest': `${newer}; printf "FROM registry.lab/org/desktop@$(digest ${org})\\nRUN true\\n" | image ${team}; ${push(team)}`,
      'the old one pulled and built': `${newer}; podman pull -q ${org} > /dev/null; ${teamOf()}; ${push(team)}`,
      'removed here first': `${newer}; gone ${team} ${org}; ${teamOf()}; ${push(team)}`,
      'by buildah': `${newer}; c=$(buildah from --pull-always ${org}); buildah run $c true; buildah commit -q $c ${team} > /dev/null; buildah rm $c > /dev/null; ${push(team)}`,
    },
    wrong: {
      'the organisation has moved on': ['stale', newer],
      'built again from the store': ['stale', `${newer}; ${teamOf()}; ${push(team)}`],
      'built again and not pushed': ['stale', `${newer}; ${teamOf(org, '--quiet --pull=always')}`],
      'pulled and not built': ['stale', `${newer}; podman pull -q ${org} > /dev/null; ${push(team)}`],
      'the image of the organisation itself': ['stale', `skopeo copy -q docker://${org} docker://${team}`],
      'no image of the team': ['no-team', deleted(team)],
      'no image of the organisation': ['no-org', deleted(org)],
    },
  },
  {
    check: 'policy-kept',
    before: `gone ${trial}; ${organisation()}`,
    right: {
      'a file of the team': line('fs.inotify.max_user_watches = 1'),
      'the same value again': line('kernel.dmesg_restrict=1'),
      'written as a path, with a minus': line('-kernel/dmesg_restrict = 1', '99-team.conf'),
      'an earlier file that says otherwise': line('kernel.dmesg_restrict = 0', '10-team.conf'),
      'the same file with what the organisation has, and more': line(
        'kernel.dmesg_restrict = 1\\nfs.inotify.max_user_watches = 1',
        '50-org.conf',
      ),
      'a comment that says otherwise': line('# kernel.dmesg_restrict = 0'),
    },
    wrong: {
      'no image': ['image-missing', ':'],
      'on the base': [
        'policy-lost',
        settings(trial, 'registry.lab/eu-os/base:13', '60-team.conf', 'fs.inotify.max_user_watches = 1'),
      ],
      'the file replaced': ['policy-lost', line('fs.inotify.max_user_watches = 1', '50-org.conf')],
      'hidden by a link in /etc': [
        'policy-lost',
        `printf 'FROM ${org}\\nRUN mkdir -p /etc/sysctl.d && ln -s /dev/null /etc/sysctl.d/50-org.conf\\n' | image ${trial}`,
      ],
      'set back by a later file': ['policy-changed', line('kernel.dmesg_restrict = 0')],
      'set back by a later file in /etc': [
        'policy-changed',
        `printf 'FROM ${org}\\nRUN mkdir -p /etc/sysctl.d && echo kernel/dmesg_restrict=0 > /etc/sysctl.d/90-x.conf\\n' | image ${trial}`,
      ],
    },
  },
]);
