import type { Handlers } from "../handlers";
import { diffWithAddresses } from "./address-diff";
import { checkInputs } from "./check";
import { createImage, updateImage } from "./create";
import { deleteImage } from "./delete";
import { noteInstance, noteInState } from "./known-instances";
import type { ImageResourceOptions } from "./options";
import { refreshImage } from "./refresh";

/** The handlers of a `StylusImage`, and with another `parse` those of other resources that are images. */
export function imageResource(options: ImageResourceOptions): Handlers {
  return {
    check: (call, request) => {
      if (Object.keys(request.oldInputs).length > 0) noteInState(call.urn);
      return checkInputs(call, request, options);
    },
    diff: (call, { outputs, newInputs }) => {
      noteInstance(outputs["instance"]);
      return diffWithAddresses(call, outputs, newInputs, options);
    },
    create: (call, { inputs }) => createImage(call, inputs, options),
    update: (call, request) => {
      noteInstance(request.outputs["instance"]);
      return updateImage(call, request, options);
    },
    read: (call, existing) => refreshImage(call, existing, options),
    delete: (call, existing) => deleteImage(call, existing, options),
  };
}
