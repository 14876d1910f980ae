// Tells Vite where the server is while you develop, and where to put the built page.
import { defineConfig } from "vite";

export default defineConfig({
  server: { proxy: { "/greet.v1.GreetService/": "http://localhost:8080" } },
  build: { outDir: "../dist/web", emptyOutDir: true },
});
