// Writes the weights of MobileNetV2Mid up to its layer expanded_conv_12/add as safetensors, and what the original model
// sees on some pictures: node mobilenet.mjs WEIGHTS.safetensors FEATURES.json PICTURE.png...
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import tf from '@tensorflow/tfjs';
import { PNG } from 'pngjs';

const require = createRequire(import.meta.url);
const [weightsFile, featuresFile, ...pictures] = process.argv.slice(2);
const load = (name) => require(`./node_modules/nsfwjs/dist/models/mobilenet_v2_mid/${name}.min.js`);
const { modelTopology, weightsManifest } = load('model');
const data = Buffer.concat(weightsManifest.flatMap((group) => group.paths).map((shard) => Buffer.from(load(shard), 'base64')));
const weightSpecs = weightsManifest.flatMap((group) => group.weights);
const model = await tf.loadGraphModel(
  tf.io.fromMemory({ modelTopology, weightSpecs, weightData: data.buffer.slice(data.byteOffset, data.byteOffset + data.length) }),
);
const layer = modelTopology.node.find((node) => node.name.endsWith('/expanded_conv_12/add')).name;

// Batch norm is in the weights already. Kernels (height, width, in, out) or (height, width, channels, 1) become
// (out, in, height, width) or (channels, 1, height, width).
const tensors = {};
for (const { name, op, input } of modelTopology.node) {
  if (op !== '_FusedConv2D' && op !== 'FusedDepthwiseConv2dNative') continue;
  const [, part] = name.match(/MobilenetV2\/(Conv|expanded_conv.*?\/[a-z]+)\//);
  const [weight, bias] = input.slice(1, 3).map((tensor) => model.weights[tensor][0]);
  tensors[`${part.replace('/', '.')}.weight`] = weight.transpose(op === '_FusedConv2D' ? [3, 2, 0, 1] : [2, 3, 0, 1]);
  tensors[`${part.replace('/', '.')}.bias`] = bias;
  if (part === 'expanded_conv_12/project') break;
}

/// The nearest half precision value, ties to even.
const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
function half(value) {
  float[0] = value;
  const [sign, exponent, fraction] = [(bits[0] >>> 16) & 0x8000, ((bits[0] >>> 23) & 255) - 112, bits[0] & 0x7fffff];
  if (exponent > 30) throw new Error(`${value} is too large`);
  if (exponent < -10) return sign;
  const shift = exponent > 0 ? 13 : 14 - exponent;
  const whole = exponent > 0 ? (exponent << 23) | fraction : fraction | 0x800000;
  const [kept, rest, middle] = [whole >>> shift, whole & ((1 << shift) - 1), 1 << (shift - 1)];
  return sign | (kept + (rest > middle || (rest === middle && kept & 1) ? 1 : 0));
}

const header = {};
const parts = [];
let end = 0;
for (const name of Object.keys(tensors).sort()) {
  const values = Uint16Array.from(tensors[name].dataSync(), half);
  parts.push(Buffer.from(values.buffer));
  header[name] = { dtype: 'F16', shape: tensors[name].shape, data_offsets: [end, (end += 2 * values.length)] };
}
let json = JSON.stringify(header);
json += ' '.repeat((8 - (json.length % 8)) % 8);
const length = Buffer.alloc(8);
length.writeBigUInt64LE(BigInt(json.length));
fs.writeFileSync(weightsFile, Buffer.concat([length, Buffer.from(json), ...parts]));

const lines = [];
for (const picture of pictures) {
  const { width, height, data: rgba } = PNG.sync.read(fs.readFileSync(picture));
  const seen = tf.tidy(() => {
    const rgb = tf.tensor3d(Float32Array.from(rgba), [height, width, 4]).slice([0, 0, 0], [-1, -1, 3]);
    const large = tf.image.resizeBilinear(rgb.div(255), [224, 224], false, true); // half-pixel centres
    return model.execute(large.expandDims(0), layer).mean([1, 2]);
  });
  const features = Array.from(seen.dataSync(), (value) => Number(value.toPrecision(6)));
  lines.push(`${JSON.stringify(path.basename(picture))}: ${JSON.stringify(features)}`);
}
fs.writeFileSync(featuresFile, `{\n${lines.join(',\n')}\n}\n`);
