// Tries to access everything below some folders as the user `nobody`, and says what succeeded.
import { execa } from 'execa';

/** Walking some thousand names and testing each takes seconds; images are left out. */
const timeoutMs = 120_000;

export interface Reached {
  path: string;
  /** read, write, list, make (a file in the folder), lock, connect. */
  deeds: string[];
}

/**
 * In Perl, which is on every Debian and Fedora, so that it needs nothing from this repository. It reads paths with their
 * kinds (f, d, s), one per line.
 */
const program = String.raw`
use strict; use Fcntl qw(:DEFAULT :flock F_SETLK F_RDLCK F_WRLCK); use Socket;
while (my $line = <STDIN>) {
  chomp $line; my ($kind, $path) = split(/ /, $line, 2); my @deeds;
  if ($kind eq 'd') {
    if (opendir(my $dir, $path)) { push @deeds, 'list'; closedir $dir }
    my $new = "$path/made-by-nobody-$$";
    if (sysopen(my $file, $new, O_CREAT | O_EXCL | O_WRONLY)) { push @deeds, 'make'; close $file; unlink $new }
  } elsif ($kind eq 's') {
    socket(my $socket, PF_UNIX, SOCK_STREAM, 0);
    push @deeds, 'connect' if length($path) < 108 && connect($socket, sockaddr_un($path));
  } else {
    for my $way ([O_RDONLY, 'read', F_RDLCK], [O_WRONLY, 'write', F_WRLCK]) {
      next unless sysopen(my $file, $path, $way->[0] | O_NONBLOCK);
      push @deeds, $way->[1];
      my $lock = pack('s s l! l! i', $way->[2], 0, 0, 0, 0);
      push @deeds, 'lock' if flock($file, LOCK_EX | LOCK_NB) || fcntl($file, F_SETLK, $lock);
      close $file;
    }
  }
  print join(' ', join(',', @deeds), $path), "\n" if @deeds;
}
`;

/**
 * What `nobody` can do below the folders. Of the roots of image layers and machines only the first folder is tried: if it
 * cannot be entered, nothing behind it can be reached, and if it can, it is reported itself.
 * @param roots absolute
 */
export async function reachedByNobody(roots: readonly string[]): Promise<{ tried: number; reached: Reached[] }> {
  const kinds = ['-type', 'd', '-printf', 'd %p\n', '-o', '-type', 's', '-printf', 's %p\n', '-o', '-printf', 'f %p\n'];
  const prune = ['-regex', '.*/\\(diff\\|merged\\)/.*', '-prune', '-o'];
  // Containers of other tests come and go meanwhile.
  const found = await execa('find', [...roots, ...prune, ...kinds], { timeout: timeoutMs, reject: false });
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', 'perl', '-e', program];
  const { stdout } = await execa('setpriv', nobody, { input: `${found.stdout}\n`, cwd: '/', timeout: timeoutMs });
  const reached = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const space = line.indexOf(' ');
      return { path: line.slice(space + 1), deeds: [...new Set(line.slice(0, space).split(','))] };
    });
  return { tried: found.stdout.split('\n').length, reached };
}
