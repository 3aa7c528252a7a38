import type { Subscription } from '@hyvve-events/runtime';
import { ContextIdFactory, type DiscoveryService, type ExternalContextCreator, type ModuleRef } from '@nestjs/core';
import { FeatureSubscriptions } from './feature-subscriptions.js';
import { type Provider, runWithinNest } from './run-within-nest.js';
import { decoratedClasses, decoratedMethods, type RunMethod } from './subscriber-registry.js';

/** What a collection needs of Nest. */
export interface NestServices {
  readonly discovery: DiscoveryService;
  readonly creator: ExternalContextCreator;
  readonly moduleRef: ModuleRef;
}

/** A provider as Nest lists it. */
type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** The subscriptions of all decorated providers and controllers of the application, and those of `forFeature`. */
export function collectSubscriptions(services: NestServices): readonly Subscription[] {
  const { discovery } = services;
  const seen = new Set<unknown>();
  const subscriptions: Subscription[] = [];
  for (const wrapper of [...discovery.getProviders(), ...discovery.getControllers()]) {
    const instance: unknown = wrapper.instance;
    // Several tokens may name one provider.
    if (typeof instance !== 'object' || instance === null || seen.has(instance)) continue;
    seen.add(instance);
    if (instance instanceof FeatureSubscriptions) subscriptions.push(...instance.subscriptions);
    else subscriptions.push(...subscriptionsOf(instance as Provider, wrapper, services));
  }
  return subscriptions;
}

function subscriptionsOf(provider: Provider, wrapper: Wrapper, services: NestServices): readonly Subscription[] {
  const levels = chainOf(provider);
  // Values without a class, such as the namespace of a module, have no decorators and perhaps no constructor.
  const name = levels[0]?.constructor?.name ?? '';
  const run: RunMethod = (method) => runnerOf(provider, wrapper, method, services);
  return levels.flatMap((level) => [
    ...decoratedClasses.of(level.constructor).flatMap((make) => make(name, methodsOf(provider), run)),
    ...decoratedMethods
      .of(level)
      // A method that a subclass or a field replaces has the decorators of its replacement.
      .filter(({ method }) => ownerOf(method, provider) === level)
      .map(({ method, subscribe }) => subscribe(name, run(method))),
  ]);
}

/** A provider of a scope that is not the default is created for each event; its `REQUEST` is `{ event, context }`. */
function runnerOf(provider: Provider, wrapper: Wrapper, method: string, services: NestServices): ReturnType<RunMethod> {
  const { creator, moduleRef } = services;
  if (wrapper.isDependencyTreeStatic() && !wrapper.isTransient) return runWithinNest(provider, method, { creator });
  return async (event, context) => {
    const contextId = ContextIdFactory.create();
    moduleRef.registerRequestByContextId({ event, context }, contextId);
    const own = await moduleRef.resolve<Provider>(wrapper.token, contextId, { strict: false });
    await runWithinNest(own, method, { creator, contextId })(event, context);
  };
}

/** The names of all methods, inherited ones and functions in fields included. Getters are not called. */
function methodsOf(provider: object): readonly string[] {
  const names = new Set<string>();
  for (const level of [provider, ...chainOf(provider)]) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name);
    }
  }
  return [...names];
}

/** The object that has a method: the provider itself, or one of its prototypes. */
function ownerOf(method: string, provider: object): object | undefined {
  return [provider, ...chainOf(provider)].find((level) => Object.hasOwn(level, method));
}

/** The prototypes of an object, the nearest first, without that of all objects. */
function chainOf(provider: object): readonly object[] {
  const prototype: unknown = Object.getPrototypeOf(provider);
  if (typeof prototype !== 'object' || prototype === null || prototype === Object.prototype) return [];
  return [prototype, ...chainOf(prototype)];
}
