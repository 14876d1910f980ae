// What each program of bench:cold ends with: it tells what its process has used, from its start on.
export function end(answered: boolean): never {
  if (!answered) throw new Error("the call was not answered");
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  console.log(JSON.stringify({ cpuUs: userCPUTime + systemCPUTime, peakKiB: maxRSS }));
  process.exit(0);
}
