import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Addresses are relative, so that the app may stand below any path of any file server. */
export default defineConfig({
  base: './',
  plugins: [react()],
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', manifest: true, modulePreload: { polyfill: false } },
  server: { proxy: { '^/(admin|health|catalog|changes|docs|asyncapi|schemas)': 'http://127.0.0.1:4600' } },
});
