// One interceptor of the examples, to copy.
import { ConnectError, getOption, type Interceptor } from "@connect-ts/runtime";
import { access, Visibility, visibility } from "../../../tests/gen/src/ping/v1/options_pb.js";
import { identity } from "./auth.js";

// #region authorize
/** Lets in whom the schema lets in: by the options that the RPC has in its `.proto` file. */
export const authorize: Interceptor = async (call, next) => {
  if (getOption(call.spec, visibility) === Visibility.INTERNAL) {
    const { roles } = getOption(call.spec, access);
    const caller = call.values.get(identity);
    if (!roles.some((role) => caller?.roles.includes(role))) {
      throw new ConnectError("permission_denied", `${call.spec.procedure} needs one of the roles ${roles.join(", ")}`);
    }
  }
  await next();
};
// #endregion
