// Where the repository is, for tests that read built pages and start the server.
import path from 'node:path';

export const projectRoot = path.resolve(import.meta.dirname, '../../..');
