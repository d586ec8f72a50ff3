# The job that all peers do; docs/benchmarks.md.
inputs
| select(.dns.type? == "query")
| (.dns.rrname | ascii_downcase | rtrimstr(".") | split(".")) as $labels
| (if ($labels[-2:] | join(".")) as $two | ["co.uk", "com.au"] | index($two) then 3 else 2 end) as $place
| $labels[[0, ($labels | length) - $place] | max] as $part
| ($part | explode) as $units
| ($units | length) as $length
| ($units | group_by(.) | map((length / $length) | -. * log2) | add) as $entropy
| (($units | map(select(. >= 48 and . <= 57)) | length) / $length) as $digit_ratio
| ($units | map(select(. >= 97 and . <= 122)) | length) as $letters
| ($units | map(select([97, 101, 105, 111, 117][] == .)) | length) as $vowels
| (if $letters == 0 then 0 else $vowels / $letters end) as $vowel_ratio
| (-8 + 0.25 * $length + 1.5 * $entropy + 4 * $digit_ratio - 6 * $vowel_ratio) as $margin
| (1 / (1 + ((-$margin) | exp))) as $score
| select($score > 0.5)
| .lexical = { length: $length, entropy: $entropy, digit_ratio: $digit_ratio, vowel_ratio: $vowel_ratio }
| .letters = { score: $score }
