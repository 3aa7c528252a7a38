import { NestFactory } from '@nestjs/core';
import { AppModule } from './app-module.js';

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
// SIGTERM lets running handlers finish, and closes the bus.
app.enableShutdownHooks();
await app.listen(process.env.PORT ?? 3000);
console.log('listening');
