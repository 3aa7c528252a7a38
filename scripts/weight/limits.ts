/** Maximum size of the minified bundle of a service that only publishes, in bytes; a test holds it. */
export const publisherBytes = 460_000;

/** Maximum number of packages that npm installs with each package, without optional ones; a test holds them. */
export const packageLimits: Readonly<Record<string, number>> = {
  runtime: 21,
  generated: 22,
  'catalog-model': 0,
  create: 7,
  generator: 200,
  admin: 125,
  nestjs: 44,
  models: 300,
};

const ofModelina =
  'of `alterschema` in `@asyncapi/modelina`, with the models only: removes a folder of its own package';
const hyperjump = Object.fromEntries(
  ['json-pointer', 'json-schema', 'json-schema-core', 'pact'].map((name) => [`@hyperjump/${name}`, ofModelina]),
);

/** Install scripts of the packages that users install, optional ones included: what each does. */
export const installScripts: Readonly<Record<string, string>> = {
  'msgpackr-extract':
    'optional, of `bullmq` (`msgpackr`): chooses a compiled decoder for the machine, or compiles one. Without it, `msgpackr` uses JavaScript',
  '@scarf/scarf':
    'of `@stoplight/spectral-core` in `@asyncapi/parser`, with the generator and the models only: reports the installation to a server',
  ...hyperjump,
};
