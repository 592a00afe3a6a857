// A static Linux program of about 130 bytes that ends with status 0: enough to prove that a container starts.

/** mov $60, %eax; xor %edi, %edi; syscall */
const x64Code = [0xb8, 0x3c, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05];
/** mov x8, #93; mov x0, #0; svc #0 */
const arm64Code = [0xa8, 0x0b, 0x80, 0xd2, 0x00, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4];

const machines: Partial<Record<NodeJS.Architecture, { elfMachine: number; code: number[] }>> = {
  x64: { elfMachine: 62, code: x64Code },
  arm64: { elfMachine: 183, code: arm64Code },
};

const headerBytes = 64;
const segmentBytes = 56;
const loadAddress = 0x400000n;

/** @throws {Error} on processors whose code is not known here */
export function exitingProgram(arch: NodeJS.Architecture): Uint8Array {
  const machine = machines[arch];
  if (machine === undefined)
    throw new Error(`found processor ${arch}, expected one of ${Object.keys(machines).join(', ')}`);
  const start = headerBytes + segmentBytes;
  const size = start + machine.code.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  // ELF, 64 bits, little endian, version 1; an executable with one segment.
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, machine.elfMachine, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, loadAddress + BigInt(start), true);
  view.setBigUint64(32, BigInt(headerBytes), true);
  view.setUint16(52, headerBytes, true);
  view.setUint16(54, segmentBytes, true);
  view.setUint16(56, 1, true);
  // The segment: loaded, readable and executable, the whole file.
  view.setUint32(headerBytes, 1, true);
  view.setUint32(headerBytes + 4, 5, true);
  view.setBigUint64(headerBytes + 16, loadAddress, true);
  view.setBigUint64(headerBytes + 24, loadAddress, true);
  view.setBigUint64(headerBytes + 32, BigInt(size), true);
  view.setBigUint64(headerBytes + 40, BigInt(size), true);
  view.setBigUint64(headerBytes + 48, 0x1000n, true);
  bytes.set(machine.code, start);
  return bytes;
}
