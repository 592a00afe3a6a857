// The checks of services and users in "From Containerfile to image", with right answers in many spellings, and with wrong ones.
import { testChecks } from './support/check-cases.ts';

const os = 'registry.lab/my/os:1';
const files =
  'rm -rf ~/os; mkdir -p ~/os/files/usr/libexec ~/os/files/usr/lib/systemd/system ~/os/files/usr/lib/sysusers.d';
/** The page's files, in the places where the page puts them. */
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

testChecks('build-image', [
  {
    check: 'inventory-ready',
    before: inventory,
    right: {
      'as the page has it': copied,
      'tabs, quotes and another order': `printf 'u\\t"inventory"\\t-\\t"Inventory"\\n' > ${users}; ${copied}`,
      'the user in a file of another name': `mv ${users} ~/os/files/usr/lib/sysusers.d/zz.conf; ${copied}`,
      'a dynamic user': `rm ${users}; sed -i 's/^User=.*/DynamicUser=yes/' ${unit}; ${copied}`,
      'enabled by a link in /usr': `mkdir ${unit.replace('inventory.service', 'multi-user.target.wants')}; ln -s ../inventory.service ${unit.replace('inventory.service', 'multi-user.target.wants/')}; ${recipe('COPY files/ /')}`,
      'enabled by a preset': `mkdir -p ~/os/files/usr/lib/systemd/system-preset; echo enable inventory.service > ~/os/files/usr/lib/systemd/system-preset/10-x.preset; ${recipe('COPY files/ /', 'RUN systemctl preset inventory.service')}`,
      'made executable by the build': `chmod 644 ~/os/files/usr/libexec/inventory; ${recipe('COPY --chmod=755 files/ /', enable)}`,
      'another user, and another place for the program': `sed -i 's/inventory/stocktaker/' ${users}; sed -i 's/^User=.*/User=stocktaker/; s,/usr/libexec/inventory,/usr/bin/take,' ${unit}; mkdir -p ~/os/files/usr/bin; mv ~/os/files/usr/libexec/inventory ~/os/files/usr/bin/take; ${copied}`,
      'the unit in /etc, for the default target': `mkdir -p ~/os/files/etc/systemd/system; mv ${unit} ~/os/files/etc/systemd/system/; sed -i s/multi-user/default/ ~/os/files/etc/systemd/system/inventory.service; ${copied}`,
      'its folder declared in tmpfiles.d': `sed -i '/StateDirectory/d; s,^ExecStart=,Environment=STATE_DIRECTORY=/var/lib/stock\\nExecStart=,' ${unit}; mkdir ~/os/files/usr/lib/tmpfiles.d; echo 'd /var/lib/stock 0755 inventory inventory -' > ~/os/files/usr/lib/tmpfiles.d/s.conf; ${copied}`,
      'in a later file of drop-ins': `sed -i /User=/d ${unit}; mkdir ${unit}.d; printf '[Service]\\nUser=inventory\\n' > ${unit}.d/user.conf; ${copied}`,
    },
    wrong: {
      'no image': ['image-missing', ':'],
      'no program': ['file-missing', `rm ~/os/files/usr/libexec/inventory; ${copied}`],
      'may not be executed': ['not-executable', `chmod 644 ~/os/files/usr/libexec/inventory; ${copied}`],
      'a user that does not exist': ['user-unknown', `sed -i s/User=inventory/User=inventroy/ ${unit}; ${copied}`],
      'another user is declared': ['user-unknown', `sed -i 's/^u inventory/u inventroy/' ${users}; ${copied}`],
      'declared in a file without .conf': ['user-missing', `mv ${users} ${users.replace('.conf', '.con')}; ${copied}`],
      'the unit names another program': [
        'file-missing',
        `sed -i s,libexec/inventory,libexec/inventry, ${unit}; ${copied}`,
      ],
      'the files below another folder': [
        'file-missing',
        `mkdir ~/os/files/files; mv ~/os/files/usr ~/os/files/files/; ${recipe('COPY files/ /')}`,
      ],
      'a program without a first line': ['program-fails', `sed -i 1d ~/os/files/usr/libexec/inventory; ${copied}`],
      'an empty program': ['program-fails', `: > ~/os/files/usr/libexec/inventory; ${copied}`],
      'a program with the ends of lines of Windows': [
        'program-fails',
        `sed -i 's/$/\\r/' ~/os/files/usr/libexec/inventory; ${copied}`,
      ],
      'nowhere to write': ['program-fails', `sed -i /StateDirectory/d ${unit}; ${copied}`],
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
      'a line in /etc/passwd': [
        'user-by-hand',
        `printf 'FROM %s\\nRUN echo kiosk:x:990:990::/:/bin/sh >> /etc/passwd\\n' $base | image registry.lab/my/try:1`,
      ],
      'another user': [
        'user-missing',
        `printf 'FROM %s\\nRUN echo "u kisok -" > /usr/lib/sysusers.d/kiosk.conf\\n' $base | image registry.lab/my/try:1`,
      ],
      useradd: ['user-by-hand', `printf 'FROM %s\\nRUN useradd --system kiosk\\n' $base | image registry.lab/my/try:1`],
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
]);
