import { runNodeJs } from "@bufbuild/protoplugin";
import { protocGenConnectTs } from "./plugin.js";

runNodeJs(protocGenConnectTs);
