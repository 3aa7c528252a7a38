import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyInstance, FastifySchemaValidationError } from 'fastify';
import { AdminError } from '../errors.js';

/** Treats an empty body as no body, also with the content type JSON: shell scripts set this header for all their calls. */
export function acceptEmptyBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, String(body), done);
  });
}

/** Validates requests against the schemas of their routes. Path, query and headers are strings and are coerced; bodies are not. */
export function validateRequests(app: FastifyInstance): void {
  const options = { removeAdditional: false, useDefaults: true, allErrors: false, strict: false };
  const bodyAjv = new Ajv(options);
  const textAjv = new Ajv({ ...options, coerceTypes: true });
  for (const ajv of [bodyAjv, textAjv]) addFormats.default(ajv);
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const validate = (httpPart === 'body' ? bodyAjv : textAjv).compile(schema as object);
    return (data: unknown) => (validate(data) ? { value: data } : { error: validate.errors as never });
  });
  app.setSchemaErrorFormatter((errors, part) => parameterError(errors[0], part));
}

/** Creates the error for an invalid parameter. */
function parameterError(error: FastifySchemaValidationError | undefined, part: string): AdminError {
  const { instancePath = '', keyword = '', params = {}, message = 'is not valid' } = error ?? {};
  const where = `${part === 'querystring' ? 'query' : part}${instancePath.replaceAll('/', '.')}`;
  const inner = (name: unknown) => `${where}.${String(name)}`;
  const [field, expected] =
    keyword === 'required'
      ? [inner(params.missingProperty), 'must be set']
      : keyword === 'additionalProperties'
        ? [inner(params.additionalProperty), 'must not be set: there is no such parameter']
        : keyword === 'enum' && Array.isArray(params.allowedValues)
          ? [where, `must be one of ${params.allowedValues.join(', ')}`]
          : keyword === 'format' && params.format === 'date-time'
            ? [where, 'must be a time with its zone, such as 2026-11-24T03:00:00Z']
            : [where, message];
  return new AdminError('PARAMETER_INVALID', `${field} ${expected}`, { field, expected });
}
