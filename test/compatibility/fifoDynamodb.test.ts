import { describeFifo } from "./fifoSuite.ts";
import { onDynamodb } from "./onDynamodb.ts";

const { name, ...options } = onDynamodb();

describeFifo(name, options);
describeFifo(name, { ...options, protocol: "Query" });
