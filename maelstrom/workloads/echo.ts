/** The echo workload: the answer is the question. */
import { type Handlers, required } from "../serve.ts";

/** Answers `echo`. */
export const echo: Handlers = {
  echo: (body) => ({ type: "echo_ok", echo: required(body, "echo") }),
};
