// What readers are told about a virtual machine, put together from what is known about it.
import type { VmView } from '../../protocol/messages.ts';
import type { VmSpec } from '../engine.ts';
import type { BootState } from './boot-phase.ts';

/** @param rest what is known neither from lab.yaml nor from the boot */
export function machineView(
  { firmware, tpm, screen, securityKey }: VmSpec,
  { power, phase, since, trouble, detail, goesDown, waitsAtMenu }: BootState,
  rest: Pick<VmView, 'acceleration' | 'wantsTouch' | 'tampered' | 'window' | 'boot' | 'usualBoot'>,
): VmView {
  return {
    power,
    ...(power === 'on' && phase !== undefined ? { phase } : {}),
    since,
    firmware,
    hasTpm: tpm,
    hasScreen: screen,
    hasSecurityKey: securityKey,
    ...(trouble === undefined ? {} : { trouble }),
    ...(detail === undefined ? {} : { detail }),
    ...(goesDown && { goesDown }),
    ...(waitsAtMenu && { waitsAtMenu }),
    ...rest,
  };
}
