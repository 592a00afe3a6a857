// What can be done to a virtual machine from outside, for the page's session. Each is one call; states come over the socket.
import type { MachineView, PowerAction, TamperKind, VmView } from '../../server/protocol/messages.ts';
import * as api from './lab-api.ts';
import type { LabSession } from './lab-session.ts';

/** A virtual machine of the session, with its view. */
export type VirtualMachine = MachineView & { vm: VmView };

/** The session's virtual machines, in the lab's order. */
export function virtualMachines(session: LabSession): VirtualMachine[] {
  return (session.view?.machines ?? []).filter((machine): machine is VirtualMachine => machine.vm !== undefined);
}

/** @throws {api.ApiError} like all of these methods, when the server refuses or cannot be reached. */
export function power(session: LabSession, machine: string, action: PowerAction): Promise<void> {
  return api.powerMachine(idOf(session), machine, action);
}

export function tamper(session: LabSession, machine: string, kind: TamperKind | 'undo'): Promise<void> {
  return api.tamperMachine(idOf(session), machine, kind);
}

export function touchKey(session: LabSession, machine: string): Promise<void> {
  return api.touchSecurityKey(idOf(session), machine);
}

export function readAgain(session: LabSession, machine: string): Promise<void> {
  return api.readWindow(idOf(session), machine);
}

/** Address of the machine's graphical console; undefined without a session. */
export function screenAddress(session: LabSession, machine: string): string | undefined {
  const id = session.view?.id;
  return id === undefined ? undefined : api.screenUrl(id, machine, location.href);
}

function idOf(session: LabSession): string {
  const id = session.view?.id;
  if (id === undefined) throw new api.ApiError('LAB_ERR_NOT_READY', 409, 'the lab is not started');
  return id;
}
