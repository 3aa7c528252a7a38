import { spawnSync } from 'node:child_process';

/** Name of a package in each package manager. */
export interface SystemPackage {
  readonly apt: string;
  readonly apk: string;
  readonly dnf: string;
  readonly brew: string;
}

/** Commands of each package manager to install a package. */
const installers = {
  'apt-get': ({ apt }: SystemPackage) => [
    ['apt-get', 'update', '-qq'],
    ['apt-get', 'install', '-y', '-qq', apt],
  ],
  apk: ({ apk }: SystemPackage) => [['apk', 'add', apk]],
  dnf: ({ dnf }: SystemPackage) => [['dnf', 'install', '-y', dnf]],
  brew: ({ brew }: SystemPackage) => [['brew', 'install', brew]],
} as const;

export type Installer = keyof typeof installers;

/** The package manager of this machine; undefined if none of {@link installers} is found. */
export function findInstaller(): Installer | undefined {
  const tools = Object.keys(installers) as Installer[];
  return tools.find((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0);
}

/** Installs a package, as root or through sudo. @throws Error naming the command that failed */
export function install(tool: Installer, systemPackage: SystemPackage): void {
  for (const [command = '', ...args] of installers[tool](systemPackage)) {
    const sudo = process.getuid?.() !== 0 && tool !== 'brew';
    const { status } = spawnSync(sudo ? 'sudo' : command, sudo ? [command, ...args] : args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`\`${command} ${args.join(' ')}\` failed`);
  }
}
