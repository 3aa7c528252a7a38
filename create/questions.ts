import { CANCEL_SYMBOL, cancel, intro, select, text } from '@clack/prompts';
import { nameProblem, type Project, templateOf, usualName, usualTemplate } from './project.js';
import { type TemplateName, templateNames, templates } from './templates.js';

/** What a command line says about a project. */
export interface GivenProject {
  readonly folder?: string | undefined;
  readonly template?: string | undefined;
  readonly name?: string | undefined;
  readonly typescriptConfig?: boolean | undefined;
}

/**
 * The project that a command line describes. What it does not say is asked if `asks` is true, otherwise the usual value is
 * used: the present folder, the template `service` (`catalog` in an existing project), and the name of the folder.
 * @returns undefined if the user ended the questions
 * @throws ProjectError for an unknown template
 */
export async function projectOf(given: GivenProject, asks: boolean): Promise<Project | undefined> {
  const template = given.template === undefined ? undefined : templateOf(given.template);
  const rest = { typescriptConfig: given.typescriptConfig === true };
  if (!asks || (given.folder !== undefined && template !== undefined)) {
    const folder = given.folder ?? '.';
    return { ...rest, folder, template: template ?? usualTemplate(folder), name: given.name ?? usualName(folder) };
  }
  intro('A project with an event catalog');
  const folder = given.folder ?? (await askFolder());
  const chosen = folder === undefined ? undefined : (template ?? (await askTemplate(folder)));
  if (folder === undefined || chosen === undefined) return stopped();
  const usual = usualName(folder);
  const name = given.name ?? (templates[chosen].isProject ? await askName(usual) : usual);
  return name === undefined ? stopped() : { ...rest, folder, template: chosen, name };
}

async function askFolder(): Promise<string | undefined> {
  return answer(await text({ message: 'In which folder?', placeholder: 'shop', defaultValue: 'shop' }));
}

async function askTemplate(folder: string): Promise<TemplateName | undefined> {
  const options = templateNames.map((value) => ({ value, label: value, hint: templates[value].summary }));
  return answer(await select({ message: 'What do you want to create?', options, initialValue: usualTemplate(folder) }));
}

async function askName(usual: string): Promise<string | undefined> {
  const validate = (value: string | undefined) => nameProblem(value === undefined || value === '' ? usual : value);
  return answer(await text({ message: 'Name of the package?', placeholder: usual, defaultValue: usual, validate }));
}

/** undefined if the user pressed Ctrl-C or Escape. */
function answer<Value>(value: Value | typeof CANCEL_SYMBOL): Value | undefined {
  return value === CANCEL_SYMBOL ? undefined : value;
}

function stopped(): undefined {
  cancel('Nothing was written.');
}
