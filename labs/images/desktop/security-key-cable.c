// The cable to the stand-in security key: HID reports between the kernel's /dev/uhid and a port of this virtual machine.
// At the other end is the key, outside of the machine. Knows nothing of FIDO2. Runs in the initramfs and in the system.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/hid.h>
#include <linux/uhid.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define NAME "eu-os-labs.key"
#define PORTS "/sys/class/virtio-ports"
enum {
  REPORT = 64,
  RECORD = 1 + REPORT,
  NONCE = 8,
  // While nothing is at the other end, because its program is being started or has ended: time between attempts.
  LOOK_AGAIN_MS = 1000,
  // The kernel names the machine's ports within milliseconds; under emulation on a crowded host, later.
  PORT_WITHIN_MS = 3000,
  PORT_LOOK_MS = 20,
  // At boot, units that wait for the cable wait at most this long for a key that does not answer.
  FIRST_ANSWER_MS = 5000,
};

// pid.codes' number for private tests: this is not a product.
enum { VENDOR = 0x1209, PRODUCT = 0x0001 };

// Usage page FIDO, one report of 64 bytes each way: this is how programs find a key.
static const unsigned char descriptor[] = {
    0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1, 0x01, 0x09, 0x20, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95,
    0x40, 0x81, 0x02, 0x09, 0x21, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91, 0x02, 0xc0,
};

static int port, uhid = -1;
static unsigned char nonce[NONCE];
// Anything the key said before it saw this nonce was meant for an earlier boot.
static int is_answered;

static void fail(const char *what) {
  fprintf(stderr, "security-key-cable: %s: %s\n", what, strerror(errno));
  exit(1);
}

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Like sd_notify(3): from now on, the units that open disks may look for a key.
static void tell_systemd(void) {
  static int is_told;
  const char *path = getenv("NOTIFY_SOCKET");
  if (is_told || path == NULL) return;
  is_told = 1;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(path);
  if (length >= sizeof address.sun_path) return;
  memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = 0;
  int to = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (to < 0) return;
  if (sendto(to, "READY=1", 7, 0, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + length) < 0)
    perror("security-key-cable: systemd is not told");
  close(to);
}

static void pull_out(void) {
  if (uhid >= 0) close(uhid);
  uhid = -1;
}

static void write_event(struct uhid_event *event) {
  if (write(uhid, event, sizeof *event) < 0) fail("/dev/uhid");
}

static void plug_in(const unsigned char *name, size_t length) {
  pull_out();
  uhid = open("/dev/uhid", O_RDWR | O_CLOEXEC);
  if (uhid < 0) fail("/dev/uhid");
  struct uhid_event create = {.type = UHID_CREATE2};
  memcpy(create.u.create2.name, name, length);
  strcpy((char *)create.u.create2.phys, "eu-os-labs/security-key");
  create.u.create2.bus = BUS_USB;
  create.u.create2.vendor = VENDOR;
  create.u.create2.product = PRODUCT;
  create.u.create2.rd_size = sizeof descriptor;
  memcpy(create.u.create2.rd_data, descriptor, sizeof descriptor);
  write_event(&create);
}

static void send_record(char kind, const void *data, size_t length) {
  unsigned char record[RECORD] = {(unsigned char)kind};
  memcpy(record + 1, data, length);
  // When this fails, the other end is gone: it is greeted again when it is back.
  if (write(port, record, sizeof record) < 0 && errno != EAGAIN && errno != EPIPE) fail(NAME);
}

static void greet(void) {
  is_answered = 0;
  if (getrandom(nonce, sizeof nonce, 0) != sizeof nonce) fail("getrandom");
  send_record('H', nonce, sizeof nonce);
}

static void take(const unsigned char *record) {
  const unsigned char *data = record + 1;
  int is_for_us = memcmp(data, nonce, NONCE) == 0;
  switch (record[0]) {
    case 'W':  // The key asks to be greeted.
      greet();
      break;
    case 'P':
      if (is_for_us) plug_in(data + NONCE, REPORT - NONCE);
      break;
    case 'A':
      if (is_for_us) pull_out();
      break;
    case 'R':
      if (!is_answered || uhid < 0) break;
      struct uhid_event input = {.type = UHID_INPUT2};
      input.u.input2.size = REPORT;
      memcpy(input.u.input2.data, data, REPORT);
      write_event(&input);
      break;
  }
  if ((record[0] == 'P' || record[0] == 'A') && is_for_us) {
    is_answered = 1;
    tell_systemd();
  }
}

// A boot that was cut off may have left part of a record in transit: everything before the key's answer is skipped.
static int is_in_step(const unsigned char *record) {
  return is_answered || record[0] == 'W' || ((record[0] == 'P' || record[0] == 'A') && !memcmp(record + 1, nonce, NONCE));
}

// Returns 0 when nothing is at the other end.
static int read_port(void) {
  static unsigned char record[RECORD];
  static size_t have;
  ssize_t got = read(port, record + have, sizeof record - have);
  if (got < 0 && errno != EAGAIN && errno != EINTR) fail(NAME);
  if (got == 0) have = 0;
  if (got > 0 && (have += (size_t)got) == sizeof record) {
    if (is_in_step(record)) {
      have = 0;
      take(record);
    } else {
      memmove(record, record + 1, --have);
    }
  }
  return got != 0;
}

static void read_uhid(void) {
  struct uhid_event event;
  ssize_t got = read(uhid, &event, sizeof event);
  if (got < 0 && errno != EAGAIN && errno != EINTR) fail("/dev/uhid");
  // The first byte is the report's number, 0: the descriptor numbers none.
  if (got > 0 && event.type == UHID_OUTPUT && event.u.output.size == RECORD)
    send_record('R', event.u.output.data + 1, REPORT);
}

// Finds the port by its name, without udev's link: in the initramfs, this may run before udev. Returns -1 when there is none yet.
static int open_port(void) {
  DIR *ports = opendir(PORTS);
  if (ports == NULL) return -1;
  int found = -1;
  struct dirent *entry;
  while (found < 0 && (entry = readdir(ports)) != NULL) {
    char path[sizeof PORTS + sizeof entry->d_name + 8], name[sizeof NAME + 1] = "";
    snprintf(path, sizeof path, PORTS "/%s/name", entry->d_name);
    FILE *file = fopen(path, "re");
    if (file == NULL) continue;
    int is_it = fgets(name, sizeof name, file) != NULL && strncmp(name, NAME, strlen(NAME)) == 0;
    fclose(file);
    if (!is_it) continue;
    snprintf(path, sizeof path, "/dev/%s", entry->d_name);
    found = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (found < 0) fail(path);
  }
  closedir(ports);
  return found;
}

int main(void) {
  long give_up_at = now_ms() + PORT_WITHIN_MS;
  while ((port = open_port()) < 0) {
    if (now_ms() >= give_up_at) {
      // A machine without a socket for keys starts without it.
      fprintf(stderr, "security-key-cable: found no port " NAME "\n");
      tell_systemd();
      return 0;
    }
    poll(NULL, 0, PORT_LOOK_MS);
  }
  long ready_at = now_ms() + FIRST_ANSWER_MS;
  greet();
  for (;;) {
    struct pollfd ends[] = {{.fd = port, .events = POLLIN}, {.fd = uhid, .events = POLLIN}};
    int wait = -1;
    if (!is_answered) wait = ready_at > now_ms() ? (int)(ready_at - now_ms()) : -1;
    if (poll(ends, 2, wait) < 0 && errno != EINTR) fail("poll");
    if (!is_answered && now_ms() >= ready_at) tell_systemd();
    if (uhid >= 0 && ends[1].revents & POLLIN) read_uhid();
    if ((ends[0].revents & (POLLIN | POLLHUP)) && !read_port()) {
      // As if the key were pulled out.
      pull_out();
      is_answered = 0;
      poll(NULL, 0, LOOK_AGAIN_MS);
      greet();
    }
  }
}
