export { type AdminApp, buildApp } from './app.js';
export { type Role, roles, signToken, type TokenClaims } from './auth/tokens.js';
export { type AdminConfig, ConfigError, type Environment, readConfig } from './config.js';
export type { DevelopmentOptions } from './development.js';
export { AdminError, type AdminErrorCode, type AdminErrorDetails, adminErrorStatus } from './errors.js';
export { type AdminOptions, adminDefaults, type DatabaseTarget, type TokenKeys } from './options.js';
