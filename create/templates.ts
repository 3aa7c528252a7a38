/** What a template creates. */
export interface Template {
  /** One line for people who choose a template. */
  readonly summary: string;
  /** The folders below `templates/` whose files it consists of. */
  readonly folders: readonly string[];
  /** Whether it makes a whole project, with a `package.json`. */
  readonly isProject: boolean;
}

/** The names of all templates. */
export const templateNames = ['service', 'nestjs', 'sdk', 'catalog'] as const;

export type TemplateName = (typeof templateNames)[number];

/** All templates by name. */
export const templates: Readonly<Record<TemplateName, Template>> = {
  service: {
    summary: 'a service that publishes and handles events, with a test',
    folders: ['catalog', 'project', 'redis', 'service'],
    isProject: true,
  },
  nestjs: {
    summary: 'a NestJS service that publishes and handles events, with a test',
    folders: ['catalog', 'project', 'redis', 'nestjs'],
    isProject: true,
  },
  sdk: {
    summary: 'an npm package of typed events that several services install',
    folders: ['catalog', 'project', 'sdk'],
    isProject: true,
  },
  catalog: {
    summary: 'only a catalog and its config, for an existing project',
    folders: ['catalog'],
    isProject: false,
  },
};

/** The part of `--help` about the templates. */
export const templatesHelp = `Templates:
${templateNames.map((name) => `  ${name.padEnd(9)}${templates[name].summary}`).join('\n')}

On a terminal, what the flags do not say is asked. Elsewhere the template is \`service\`, or \`catalog\` in a folder that
has a package.json or an AsyncAPI document (asyncapi.yaml, api/asyncapi.yaml, …). The document is not changed.`;
