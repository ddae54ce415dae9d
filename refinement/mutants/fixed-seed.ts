/** Before each file of unit tests: properties draw the same cases in every run, and do not shrink. */
import fc from "fast-check";

fc.configureGlobal({ seed: 1, endOnFailure: true });
