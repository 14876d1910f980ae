// #region log
/** Reports each call when it is over, whatever its kind: how it ended, how long it took, how many messages went each way. */
export function log(report) {
  return async (call, next) => {
    const start = performance.now();
    let requests = 0;
    let responses = 0;
    call.onRequest(() => {
      requests++;
    });
    call.onResponse(() => {
      responses++;
    });
    try {
      await next();
    } finally {
      const { spec, side, status } = call;
      report({ procedure: spec.procedure, side, status, requests, responses, milliseconds: performance.now() - start });
    }
  };
}
// #endregion
