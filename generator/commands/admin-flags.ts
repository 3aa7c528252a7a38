import type { Option } from './command.js';

export const adminOptions: readonly Option[] = [
  { flags: '--admin <url>', description: 'address of the admin service; it may have a path, behind a proxy' },
  { flags: '--token <token>', description: 'a token that is bound to no tenant (default: HYVVE_EVENTS_TOKEN)' },
];
