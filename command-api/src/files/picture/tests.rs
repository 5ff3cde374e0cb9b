use std::convert::Infallible;

use image::{Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

const FORMATS: [ImageFormat; 4] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];

/// An image, dark on the left and light on the right.
fn drawn(width: u32, height: u32) -> DynamicImage {
    let shade = |x: u32| u8::try_from(x * 255 / width).unwrap();
    RgbImage::from_fn(width, height, |x, _| Rgb([shade(x); 3])).into()
}

fn bytes(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(vec![]);
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn preview(picture: &Picture) -> DynamicImage {
    image::load_from_memory_with_format(&picture.preview, format(picture.preview_type).unwrap()).unwrap()
}

/// A JPEG that says how it is to be held: Exif 2.32, 4.6.4, tag 274.
fn held(image: &DynamicImage, orientation: u8) -> Vec<u8> {
    let plain = bytes(image, ImageFormat::Jpeg);
    let exif = [
        &b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..],
        &[orientation, 0, 0, 0, 0, 0, 0],
    ];
    [&plain[..2], &exif.concat(), &plain[2..]].concat()
}

#[test]
fn each_format_has_a_size_and_a_small_preview() {
    for format in FORMATS {
        let picture = picture(&bytes(&drawn(800, 400), format), format).unwrap();
        assert_eq!((picture.pixels, picture.preview_type), ((800, 400), "image/jpeg"), "{format:?}");
        let preview = preview(&picture).into_luma8();
        assert_eq!(preview.dimensions(), (320, 160));
        let shades = [10, 160, 310].map(|x| preview.get_pixel(x, 80).0[0]);
        assert!(shades[0] < 30 && shades[1].abs_diff(127) < 20 && shades[2] > 225, "{format:?}: {shades:?}");
    }
}

#[test]
fn what_is_small_stays_as_large_and_what_is_narrow_keeps_a_pixel() {
    for (size, small) in [((3, 2), (3, 2)), ((320, 320), (320, 320)), ((321, 1), (320, 1)), ((1, 30_000), (1, 320))] {
        let picture = picture(&bytes(&drawn(size.0, size.1), ImageFormat::Png), ImageFormat::Png).unwrap();
        let preview = preview(&picture);
        assert_eq!((picture.pixels, (preview.width(), preview.height())), (size, small));
    }
}

#[test]
fn what_can_be_seen_through_stays_so() {
    let clear = DynamicImage::from(RgbaImage::from_pixel(10, 10, Rgba([9, 9, 9, 0])));
    let picture = picture(&bytes(&clear, ImageFormat::Png), ImageFormat::Png).unwrap();
    assert_eq!((picture.preview_type, preview(&picture).into_rgba8().get_pixel(5, 5).0[3]), ("image/png", 0));
}

#[test]
fn an_image_is_shown_as_it_is_held() {
    for (orientation, pixels, dark) in
        [(1, (64, 32), (2, 16)), (3, (64, 32), (61, 16)), (6, (32, 64), (16, 2)), (8, (32, 64), (16, 61))]
    {
        let picture = picture(&held(&drawn(64, 32), orientation), ImageFormat::Jpeg).unwrap();
        let preview = preview(&picture).into_luma8();
        assert_eq!((picture.pixels, preview.dimensions()), (pixels, pixels), "{orientation}");
        assert!(preview.get_pixel(dark.0, dark.1).0[0] < 40, "{orientation}");
    }
    assert_eq!(picture(&held(&drawn(64, 32), 99), ImageFormat::Jpeg).unwrap().pixels, (64, 32));
}

#[test]
fn what_an_image_says_besides_is_not_in_its_preview() {
    let mut bytes = held(&drawn(64, 32), 1);
    // A comment after the beginning.
    bytes.splice(2..2, *b"\xff\xfe\x00\x08canary");
    let picture = picture(&bytes, ImageFormat::Jpeg).unwrap();
    assert!(!picture.preview.windows(4).any(|window| window == b"Exif" || window == b"cana"));
}

#[test]
fn what_would_be_too_large_is_not_decoded() {
    // The largest that a GIF can say it is: 17 GB of pixels.
    let mut bytes = bytes(&drawn(10, 10), ImageFormat::Gif);
    bytes[6..10].fill(0xff);
    assert!(matches!(picture(&bytes, ImageFormat::Gif), Err(ImageError::Limits(_))));
}

#[test]
fn whatever_is_broken_is_no_image_or_a_small_one() {
    for format in FORMATS {
        let whole = bytes(&drawn(40, 40), format);
        assert!(picture(b"", format).is_err() && picture(&whole[..whole.len() / 4], format).is_err(), "{format:?}");
        for place in 0..whole.len().min(2000) {
            let mut broken = whole.clone();
            broken[place] ^= 0x55;
            if let Ok(picture) = picture(&broken, format) {
                let preview = preview(&picture);
                assert!(preview.width() <= SIDE && preview.height() <= SIDE, "{format:?} at {place}");
            }
        }
    }
    assert!(picture(&bytes(&drawn(40, 40), ImageFormat::Png), ImageFormat::Gif).is_err());
}

#[tokio::test]
async fn what_fails_in_a_decoder_fails_for_itself_alone() {
    let pictures = Pictures::default();
    let read = |bytes: Vec<u8>| async { Ok::<_, Infallible>(bytes) };
    assert_eq!(pictures.look(ImageFormat::Png, read(vec![])).await.unwrap(), None);
    let image = bytes(&drawn(8, 8), ImageFormat::Png);
    assert_eq!(pictures.look(ImageFormat::Png, read(image)).await.unwrap().unwrap().pixels, (8, 8));
    let failing = pictures.look(ImageFormat::Png, async { Err::<Vec<u8>, _>("the disk fails") });
    assert_eq!(failing.await, Err("the disk fails"));
}
