import { commandError } from './errors.js';

/** A package that only one command needs. */
export interface OptionalPackage<Package> {
  readonly command: string;
  readonly name: string;
  /** The version that is installed: `28`. Default: the newest. */
  readonly version?: string;
  readonly load: () => Promise<Package>;
}

/** Loads a package that only one command needs. @throws GeneratorError `PACKAGE_MISSING`, with the command that installs it */
export async function loadOptional<Package>({
  command,
  name,
  version,
  load,
}: OptionalPackage<Package>): Promise<Package> {
  try {
    return await load();
  } catch (error) {
    // A package that is there, but lacks one of its own, is another error.
    if (!(error instanceof Error) || !error.message.includes(`'${name}'`)) throw error;
    const message = `hyvve-events ${command} needs the package ${name}`;
    const hint = `run \`npm install --save-dev ${version === undefined ? name : `${name}@${version}`}\``;
    throw commandError(command, { code: 'PACKAGE_MISSING', message, hint });
  }
}
