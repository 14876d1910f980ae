// Runs in the browser: takes over what the server has rendered, or shows React or Vue in an empty page.
import { HydrationBoundary, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Fragment, StrictMode } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { queryClientConfig } from "./eliza.js";
import { App } from "./react.js";
import { mountVue } from "./vue.js";

const root = document.getElementById("root") as Element;
const state = document.getElementById("state");

if (location.search === "?vue") {
  const app = mountVue(root);
  Object.assign(globalThis, { unmount: () => app.unmount() });
} else {
  const Mode = location.search === "?strict" ? StrictMode : Fragment;
  const page = (
    <Mode>
      <QueryClientProvider client={new QueryClient(queryClientConfig)}>
        <HydrationBoundary state={state === null ? undefined : JSON.parse(state.textContent)}>
          <App />
        </HydrationBoundary>
      </QueryClientProvider>
    </Mode>
  );
  if (state === null) createRoot(root).render(page);
  else hydrateRoot(root, page);
}
