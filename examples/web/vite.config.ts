// Vite reads it: where the page is built to.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: { outDir: "dist/page", target: "es2022" },
  server: { port: 5173, strictPort: true },
});
