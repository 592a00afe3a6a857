// What each npm script does and which flags it takes: the text of --help, and the message for an unknown flag. Plain JavaScript,
// because it is read before the libraries are installed. `start` and `sessions` have a --help of their own.

/**
 * @typedef {object} Usage
 * @property {string} does one sentence
 * @property {string} [arguments] the arguments it accepts besides flags
 * @property {Record<string, string>} [flags] flag, with its value's name → what it does; absent: the command takes none
 * @property {boolean} [takesSettings] whether the server's settings are flags as well, which only the server knows
 */

/** @type {Record<string, Usage>} */
export const usages = {
  test: {
    does: 'Sets up everything and runs every test. The last line says how many passed, failed and were skipped.',
    flags: {
      '--only STAGES':
        'only these stages, separated by commas: set-up, static, links, unit, protocol, images, lessons, machines, browser',
    },
  },
  check: {
    does: 'Runs the static checks: format, lint, types, layers, unused code, habits. Starts no part of the product.',
  },
  doctor: {
    does: 'Says for each thing that a host needs whether it is there, with the command that fixes it. Changes nothing.',
    flags: { '--json': 'the same as JSON' },
    takesSettings: true,
  },
  clean: {
    does: `Ends all sandboxes of this state directory and removes all that the product made on this host: sessions, saved states,
images of the labs, the built site. It refuses while a server runs with the state directory or the storage, lists what it
removed, and leaves node_modules and system packages.`,
    takesSettings: true,
  },
  verify: {
    does: 'Plays lessons and writes a report for each one that holds, which gives it its badge.',
    arguments: '[LESSON …]',
    flags: {
      '--no-report': 'writes no report',
      '--sit': 'keeps the session of the last lesson and prints its address',
      '--typing': 'types each file as the page describes it, in place of using its button; writes no report',
    },
  },
  states: {
    does: 'Plays lessons and saves the states in which lessons and steps begin, where they are missing or out of date.',
    arguments: '[LESSON …]',
    flags: { '--background': 'gives way to readers: low priority, and waits while memory is short' },
  },
  lessons: { does: 'Lists all lessons and says whether the report of each still holds.' },
  replay: {
    does: 'Plays the lessons that npm test would play today: changed ones, one of each chapter, others as time allows.',
  },
  bench: {
    does: 'Measures the product on this host and prints a table.',
    flags: {
      '--only PART': 'containers or vms',
      '--runs N': 'how often each case is run; 20 unless told otherwise',
      '--burst N': 'also N starts within ten seconds',
      '--many N': 'also N machines at once',
      '--save': 'writes the figures for the page of figures',
      '--json': 'prints them as JSON',
    },
  },
};

/**
 * @param {string} command
 * @returns {string} the text of --help
 */
export function usageText(command) {
  const { does, arguments: rest, flags = {}, takesSettings } = usageOf(command);
  const names = Object.keys(flags);
  const width = Math.max(0, ...names.map((name) => name.length));
  const words = [rest, names.length > 0 || takesSettings === true ? '[FLAG …]' : undefined].filter(Boolean).join(' ');
  return [
    `npm run ${command}${words === '' ? '' : ` -- ${words}`}`,
    '',
    does,
    ...(names.length === 0 ? [] : ['', ...names.map((name) => `  ${name.padEnd(width)}  ${flags[name]}`)]),
    ...(takesSettings === true
      ? ['', 'It takes the settings of the server as well: npm start -- --help lists them.']
      : []),
  ].join('\n');
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {string | undefined} what is wrong with the flags and how to find the right ones; undefined when nothing is wrong
 */
export function unknownFlag(command, args) {
  const { flags = {}, takesSettings } = usageOf(command);
  if (takesSettings === true) return undefined;
  const known = Object.keys(flags).map((name) => name.split(' ')[0]);
  const found = args.find((arg) => arg.startsWith('-') && !known.includes(arg.split('=')[0]));
  if (found === undefined) return undefined;
  const expected = known.length === 0 ? 'no flags' : `one of: ${known.join(', ')}`;
  return `found the flag “${found}”, expected ${expected}. npm run ${command} -- --help says what they do.`;
}

/**
 * @param {string} command
 * @returns {Usage}
 */
function usageOf(command) {
  const usage = usages[command];
  if (usage === undefined)
    throw new Error(`found the command “${command}”, expected one of: ${Object.keys(usages).join(', ')}`);
  return usage;
}
