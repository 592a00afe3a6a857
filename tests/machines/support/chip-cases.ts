// Right and wrong answers to the checks of the lessons on TPM2: what the machine's chip opens, reports and counts.
import type { CheckCases } from './check-cases.ts';

const bound = `recovery $system 'correct horse' > ~/key; chip $system 'correct horse' 7`;
const withPin = (disk: string, word: string) =>
  `PASSWORD='${word}' NEWPIN=271828 systemd-cryptenroll --tpm2-device=auto --tpm2-pcrs=7 --tpm2-with-pin=yes ${disk} > /dev/null 2>&1`;
/** A token of a chip that does not exist here: no chip has its secret. */
const foreign = (
  disk: string,
) => `cryptsetup token export --token-id "$(cryptsetup luksDump --dump-json-metadata ${disk} | jq -r '.tokens | to_entries[] | select(.value.type == "systemd-tpm2") | .key')" ${disk} > /run/token
sed 's/"tpm2-blob":"..../"tpm2-blob":"AAAA/' /run/token > /run/token2
id=$(cryptsetup luksDump --dump-json-metadata ${disk} | jq -r '.tokens | to_entries[] | select(.value.type == "systemd-tpm2") | .key')
cryptsetup token remove --token-id "$id" ${disk}; cryptsetup token import --json-file /run/token2 ${disk}`;

/** Two checks ask the chip, each about one disk. */
const opens = (check: string, disk: string, word: string, other: string, otherWord: string): CheckCases => ({
  check,
  right: {
    'as the page says': `chip ${disk} '${word}' 7`,
    'by more registers': `chip ${disk} '${word}' 0+4+7+8+9`,
    'the passphrase gone': `chip ${disk} '${word}' 7 --wipe-slot=password`,
    'in slot 7': `for slot in 1 2 3 4 5 6; do add ${disk} '${word}' x$slot; done; chip ${disk} '${word}' 7`,
    'two bindings of this chip': `chip ${disk} '${word}' 7; chip ${disk} '${word}' 0`,
  },
  wrong: {
    'nothing enrolled': ['no-tpm2', ':'],
    'on the other disk': ['no-tpm2', `chip ${other} '${otherWord}' 7`],
    'its slot killed': ['no-tpm2', `chip ${disk} '${word}' 7; kill_slot ${disk} "$(slot_of ${disk} tpm2)"`],
    'with a PIN, which nobody gives': ['refused', withPin(disk, word)],
    'of another chip': ['refused', `chip ${disk} '${word}' 7; ${foreign(disk)}`],
    'a register that has changed since': [
      'refused',
      `chip ${disk} '${word}' 7+23; tpm2_pcrevent 23 /etc/hostname > /dev/null`,
    ],
  },
});

export const chipCases: CheckCases[] = [
  opens('chip-opens-system', '/dev/vda3', 'correct horse', '/dev/vdb', 'river stone'),
  opens('chip-opens-vault', '/dev/vdb', 'river stone', '/dev/vda3', 'correct horse'),
  {
    check: 'rebound',
    before: bound,
    right: {
      'as the page says': `systemd-cryptenroll --wipe-slot=tpm2 $system 2> /dev/null; chip $system 'correct horse' 7`,
      'in one command': `chip $system 'correct horse' 0; chip $system 'correct horse' 7 --wipe-slot=tpm2`,
      'by the recovery key': `systemd-cryptenroll --wipe-slot=tpm2 $system 2> /dev/null; chip $system "$(cat ~/key)" 7`,
      'the passphrase gone': `kill_slot $system 0`,
      'with another passphrase': `add $system 'correct horse' other; systemd-cryptenroll --wipe-slot=tpm2 $system 2> /dev/null; chip $system other 7`,
    },
    wrong: {
      'no recovery key': ['no-recovery-key', `systemd-cryptenroll --wipe-slot=recovery $system 2> /dev/null`],
      'wiped only': ['no-tpm2', `systemd-cryptenroll --wipe-slot=tpm2 $system 2> /dev/null`],
      'two slots': ['two-tpm2', `chip $system 'correct horse' 0`],
      'bound to nothing': ['other-pcrs', `chip $system 'correct horse' '' --wipe-slot=tpm2`],
      'bound to 0 as well': ['other-pcrs', `chip $system 'correct horse' 0+7 --wipe-slot=tpm2`],
      'of another chip': ['refused', foreign('$system')],
      'with a PIN': [
        'refused',
        `systemd-cryptenroll --wipe-slot=tpm2 $system 2> /dev/null; ${withPin('$system', 'correct horse')}`,
      ],
    },
  },
  {
    check: 'values-noted',
    right: {
      'as the page says': `systemd-analyze pcrs | tee ~/pcrs | head -n 16`,
      'all of them': `systemd-analyze pcrs > ~/pcrs`,
      'of tpm2_pcrread': `tpm2_pcrread sha256 | sed 's/ *: 0x/ x /' > ~/pcrs`,
      'in capital letters': `systemd-analyze pcrs | tr 'a-f' 'A-F' > ~/pcrs; sed -i 'y/ABCDEF/abcdef/' ~/pcrs`,
      'the five alone': `systemd-analyze pcrs 0 4 7 8 9 > ~/pcrs`,
    },
    wrong: {
      nothing: ['no-file', ':'],
      'an empty file': ['no-file', `: > ~/pcrs`],
      'one of them': ['other-boot', `systemd-analyze pcrs 7 > ~/pcrs`],
      'of another boot': ['other-boot', `systemd-analyze pcrs | sed '/^ *8 /s/[0-9a-f]\\{8\\}$/00000000/' > ~/pcrs`],
      'names without values': ['other-boot', `systemd-analyze pcrs | cut -c 1-16 > ~/pcrs`],
      'cut off': ['other-boot', `systemd-analyze pcrs | head -n 8 > ~/pcrs`],
    },
  },
  {
    check: 'chip-answers',
    before: `tpm2_dictionarylockout --clear-lockout; tpm2_dictionarylockout --setup-parameters --max-tries=3 --recovery-time=1000 --lockout-recovery-time=1000; ${withPin('$system', 'correct horse')}
try() { echo "$1" | cryptsetup open --test-passphrase --token-only --token-type systemd-tpm2 $system > /dev/null 2>&1; }`,
    right: {
      'nothing tried': ':',
      'the right PIN': `try 271828`,
      'locked and cleared': `for n in 1 2 3; do try 314159 || :; done; tpm2_dictionarylockout --clear-lockout`,
      'a wrong one, and cleared': `try 314159 || :; tpm2_dictionarylockout --clear-lockout`,
      'no slot with a PIN': `systemd-cryptenroll --wipe-slot=tpm2 $system 2> /dev/null`,
    },
    wrong: {
      locked: ['locked', `for n in 1 2 3; do try 314159 || :; done`],
      'locked, and the right one tried': ['locked', `for n in 1 2 3; do try 314159 || :; done; try 271828 || :`],
      'one wrong': ['counted', `try 314159 || :`],
      'one wrong, then the right one': ['counted', `try 314159 || :; try 271828`],
      'locked, and more tries allowed': [
        'counted',
        `for n in 1 2 3; do try 314159 || :; done; tpm2_dictionarylockout --setup-parameters --max-tries=32 --recovery-time=1000 --lockout-recovery-time=1000`,
      ],
    },
  },
];
