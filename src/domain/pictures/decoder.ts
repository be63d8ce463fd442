/** sharp, told once what it may decode. Loaded with the first picture: 20 MB that a node without one need not hold. */
import sharp from 'sharp';

// SVG runs scripts and loads files; nothing but pixels is decoded here.
sharp.block({
  operation: [
    'VipsForeignLoadSvg',
    'VipsForeignLoadPdf',
    'VipsForeignLoadGif',
    'VipsForeignLoadMagick',
    'VipsForeignLoadTiff',
    'VipsForeignLoadHeif',
  ],
});
sharp.unblock({ operation: ['VipsForeignLoadHeif'] });
sharp.cache(false);

export { sharp };
