/** Rotation in a browser: see `rotation.ts`. */
import { newDevices, rotate, type RotationFigures } from '../measuring/rotation-run.ts'

export interface RotationPage {
  prepare(devices: number): Promise<void>
  rotate(): Promise<RotationFigures>
}

let devices: Awaited<ReturnType<typeof newDevices>> = []

const page: RotationPage = {
  prepare: async (count) => {
    devices = await newDevices(count)
  },
  rotate: () => rotate(devices),
}
Object.assign(globalThis, { rotationPage: page })
