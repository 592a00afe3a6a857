"""The key as a HID device of this machine, by the kernel's /dev/uhid: reports in and out. See linux/uhid.h."""
import os
import struct

UHID_DESTROY, UHID_START, UHID_OUTPUT, UHID_CREATE2, UHID_INPUT2 = 1, 2, 6, 11, 12
BUS_USB = 0x03
# pid.codes' number for private trials: this is nobody's product.
VENDOR, PRODUCT_ID = 0x1209, 0x0001
# The largest event (struct uhid_event): its type and 4376 bytes.
EVENT_BYTES = 4380
OUTPUT_DATA_BYTES = 4096

# Usage page FIDO, one report of 64 bytes each way: by this programs find a key.
DESCRIPTOR = bytes.fromhex(
    "06d0f1"  # usage page FIDO alliance
    "0901a101"  # usage CTAPHID, collection
    "0920150026ff00750895408102"  # input, 64 bytes
    "0921150026ff00750895409102"  # output, 64 bytes
    "c0"
)


class UhidDevice:
    """Plugged in as long as it is open."""

    def __init__(self, name: str, path: str = "/dev/uhid") -> None:
        """Raises OSError when the kernel has no uhid: `modprobe uhid`."""
        self.file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        create = struct.pack(
            "<I128s64s64sHHIIII",
            UHID_CREATE2,
            name.encode(),
            b"eu-os-labs/security-key",
            b"",
            len(DESCRIPTOR),
            BUS_USB,
            VENDOR,
            PRODUCT_ID,
            0,
            0,
        )
        os.write(self.file, create + DESCRIPTOR)
        while self._event()[0] != UHID_START:
            pass

    def fileno(self) -> int:
        return self.file

    def receive(self) -> bytes | None:
        """@return the next report; None when the event was another one"""
        kind, data = self._event()
        if kind != UHID_OUTPUT:
            return None
        (size,) = struct.unpack_from("<H", data, OUTPUT_DATA_BYTES)
        # The first byte is the report's number, 0: the descriptor numbers none.
        return data[1 : min(size, OUTPUT_DATA_BYTES)]

    def send(self, report: bytes) -> None:
        os.write(self.file, struct.pack("<IH", UHID_INPUT2, len(report)) + report)

    def close(self) -> None:
        os.close(self.file)

    def _event(self) -> tuple[int, bytes]:
        event = os.read(self.file, EVENT_BYTES)
        (kind,) = struct.unpack_from("<I", event)
        return kind, event[4:]
