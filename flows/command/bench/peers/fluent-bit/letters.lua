-- The job that all peers do; docs/benchmarks.md.

function letters(tag, timestamp, record)
  local dns = record["dns"]
  if dns == nil or dns["type"] ~= "query" then return -1, 0, 0 end
  local name = dns["rrname"]:lower():gsub("%.$", "")
  local labels = {}
  for label in name:gmatch("[^.]+") do labels[#labels + 1] = label end
  local place = (name:match("%.co%.uk$") or name:match("%.com%.au$")) and 3 or 2
  local part = labels[math.max(1, #labels - place + 1)] or ""
  local counts = {}
  for unit in part:gmatch(".") do counts[unit] = (counts[unit] or 0) + 1 end
  local length = #part
  local entropy = 0
  for _, count in pairs(counts) do entropy = entropy - count / length * math.log(count / length) / math.log(2) end
  local _, digits = part:gsub("%d", "")
  local _, small = part:gsub("%l", "")
  local _, vowels = part:gsub("[aeiou]", "")
  local digit_ratio = digits / length
  local vowel_ratio = small == 0 and 0 or vowels / small
  local margin = -8 + 0.25 * length + 1.5 * entropy + 4 * digit_ratio - 6 * vowel_ratio
  local score = 1 / (1 + math.exp(-margin))
  if not (score > 0.5) then return -1, 0, 0 end
  record["lexical"] = { length = length, entropy = entropy, digit_ratio = digit_ratio, vowel_ratio = vowel_ratio }
  record["letters"] = { score = score }
  return 2, timestamp, record
end
