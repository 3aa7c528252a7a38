import type { Rule } from './rule.js';

const usual = '^[a-z][a-z0-9_-]*(\\.[a-z][a-z0-9_-]*){2,}$';

/** Event types of one form let a pattern such as `approval.*` mean what it seems to. */
export const typeNaming: Rule = {
  code: 'TYPE_NAMING',
  severity: 'warning',
  *check({ model, placeOf }, { pattern = usual }) {
    const form = new RegExp(pattern, 'u');
    const asked = pattern === usual ? 'domain.entity.action' : pattern;
    for (const { type, source } of model.events) {
      if (form.test(type)) continue;
      yield {
        place: placeOf(source, '/name'),
        message: `the event type ${type} is not of the form ${asked}`,
        hint: 'rename it, as `shop.order.placed` is named, or set the pattern of TYPE_NAMING in the config',
        about: [type],
      };
    }
  },
};
