import type { Volume } from '../../api/docker/volumes.ts'
import { labelFields, type Listing, type Row } from './list.ts'

export const volumeListing: Listing = {
  headings: {
    Driver: 'DRIVER',
    Name: 'VOLUME NAME',
    Scope: 'SCOPE',
    Mountpoint: 'MOUNTPOINT',
    CreatedAt: 'CREATED AT',
    Labels: 'LABELS',
  },
  columns: ['Driver', 'Name'],
  key: 'Name',
}

/** Names are never cut: an anonymous volume is known by nothing else. */
export function volumeRow(volume: Volume): Row {
  return {
    Driver: volume.Driver,
    Name: volume.Name,
    Scope: volume.Scope,
    Mountpoint: volume.Mountpoint,
    CreatedAt: volume.CreatedAt,
    ...labelFields(volume.Labels),
  }
}
