// What can be done to a virtual machine from outside, as values: for validation on the server and buttons on the page.

/** `stop` asks the system to shut down, `unplug` and `reset` ask nobody. */
export const powerActions = ['start', 'stop', 'reset', 'unplug'] as const;

/** See the lesson on what breaks automatic unlocking. */
export const tamperKinds = ['command-line', 'boot-loader', 'secure-boot', 'other-machine', 'firmware'] as const;
