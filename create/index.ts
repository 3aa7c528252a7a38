export { type Project, ProjectError } from './project.js';
export { type GivenProject, projectOf } from './questions.js';
export { linesOf } from './report.js';
export { type Scaffolded, scaffold } from './scaffold.js';
export { type TemplateName, templateNames, templatesHelp } from './templates.js';
