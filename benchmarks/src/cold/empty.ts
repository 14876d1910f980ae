// What Node itself takes.
import { end } from "./end.js";

end(true);
