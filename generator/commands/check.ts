import { count } from '../report/count.js';
import { allowRemoteOption, type Command, type CommonFlags, catalogOption, maxWarningsOption } from './command.js';
import { readSettings, type SettingFlags } from './settings.js';

export const check: Command<CommonFlags & SettingFlags> = {
  name: 'check',
  summary: 'Check the catalog; write nothing.',
  options: [catalogOption, maxWarningsOption, allowRemoteOption],
  help: `Errors (a broken $ref, an example that breaks its schema) end with exit code 1. Warnings are findings of rules, such as
DESCRIPTION_MISSING or PERSONAL_DATA; the config enables and disables rules:

  { "rules": { "OPEN_OBJECT": "off", "PERSONAL_DATA": { "severity": "error", "except": ["crm.*"] } } }

Examples:
  $ hyvve-events check
  $ hyvve-events check --max-warnings 0              in CI: no new warnings
  $ hyvve-events check --format github               findings at the lines of a pull request
  $ hyvve-events check --format json | jq '.problems[].code'`,
  async run(flags, { onStage }) {
    const { loadCatalog } = await import('../pipeline.js');
    const { model, warnings } = await loadCatalog({ ...(await readSettings(flags)), isThorough: true, onStage });
    const found = warnings.length === 0 ? 'no problems' : `no errors, ${count(warnings.length, 'warning')}`;
    return {
      exitCode: 0,
      problems: warnings,
      lines: [`${count(model.events.length, 'event')} in ${count(model.domains.length, 'domain')}, ${found}`],
      data: { events: model.events.length, domains: model.domains.length },
    };
  },
};
