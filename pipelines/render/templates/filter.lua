-- pandoc filter: the classes of a report's HTML become calls of the functions in report.typ.
-- Only names of functions and quoted strings are written raw; all text stays with pandoc's own escaping.

local function quoted(text)
  return '"' .. text:gsub('\\', '\\\\'):gsub('"', '\\"'):gsub('[\r\n\t]', ' ') .. '"'
end

local function raw(text) return pandoc.RawBlock('typst', text) end
local function rawi(text) return pandoc.RawInline('typst', text) end

local function wrapped(call, blocks)
  local out = pandoc.List { raw('#' .. call .. '[') }
  out:extend(blocks)
  out:insert(raw(']'))
  return out
end

local LIGHTS = { red = true, yellow = true, green = true, grey = true }

function Span(el)
  -- a case number in a table (tokens.py); the semicolon ends the call, whatever follows
  if el.classes:includes('whole') then
    local out = pandoc.List { rawi('#box[') }
    out:extend(el.content)
    out:insert(rawi('];'))
    return out
  end
  if el.classes:includes('light') then
    for _, class in ipairs(el.classes) do
      if LIGHTS[class] then
        local out = pandoc.List { rawi('#light("' .. class .. '")[') }
        out:extend(el.content)
        out:insert(rawi(']'))
        return out
      end
    end
  end
  return el.content
end

function Header(el)
  if el.classes:includes('title') then
    local out = pandoc.List { rawi('#report-title[') }
    out:extend(el.content)
    out:insert(rawi(']'))
    return pandoc.Plain(out)
  end
  el.level = math.max(1, el.level - 1)
  el.identifier = ''
  return el
end

function Div(el)
  if el.classes:includes('box') then
    -- a guess of pageone.py
    local top, tall = (el.attributes.top or ''):match('^%d+$'), (el.attributes.tall or ''):match('^%d+$')
    local call = top and tall and 'report-box(top: ' .. top .. 'pt, tall: ' .. tall .. 'pt)' or 'report-box'
    return wrapped(call, el.content)
  end
  if el.classes:includes('note') then return wrapped('report-note', el.content) end
  if el.classes:includes('subtitle') then return wrapped('report-subtitle', el.content) end
  return el.content
end

local function image(el)
  return 'image(' .. quoted(el.src) .. ', alt: ' .. quoted(el.attributes.alt or pandoc.utils.stringify(el.caption)) .. ')'
end

function Figure(el)
  local found
  el:walk { Image = function(img) found = found or img end }
  -- images were already replaced (inner elements are filtered first): see Image below
  if not found then
    el:walk { RawInline = function(r) if r.text:match('^#report%-image') then found = r end end }
  end
  if not found then return nil end
  local call = found.text and found.text:gsub('^#report%-image%(', ''):gsub('%)$', '') or image(found)
  local out = pandoc.List { raw('#report-figure(' .. call .. ')[') }
  out:extend(el.caption.long)
  out:insert(raw(']'))
  return out
end

function HorizontalRule() return raw('#report-rule()') end

function Image(el) return rawi('#report-image(' .. image(el) .. ')') end

-- Internal links need a label that exists; the PDF has bookmarks instead.
function Link(el)
  if el.target:match('^https?://') or el.target:match('^mailto:') then return el end
  return el.content
end

-- Room to the right of a number with a short tail (decimals.py); marks hang over, so that digits line up.
local function number_cell(cell)
  cell.contents = cell.contents:walk {
    RawInline = function(r)
      if r.text:match('^#light%(') then return rawi((r.text:gsub('^#light%(', '#light-num('))) end
    end,
  }
  local pad = (cell.attributes.pad or ''):match('^[%d.]+$')
  local last = cell.contents[#cell.contents]
  if not (last and last.content) then return end
  last.content:insert(1, rawi('#num['))
  if pad then last.content:insert(rawi('#h(' .. pad .. 'em)')) end
  last.content:insert(rawi(']'))
end

local function align(cell)
  if cell.classes:includes('num') then
    cell.alignment = 'AlignRight'
    number_cell(cell)
  elseif cell.classes:includes('text') then cell.alignment = 'AlignLeft' end
  cell.attributes = {}
end

-- What is aligned like its column need not say so. With merged cells the place of a cell is not its column's.
local function default_like_column(rows, numeric)
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row.cells) do
      if cell.col_span > 1 or cell.row_span > 1 then return end
    end
  end
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row.cells) do
      if cell.alignment == (numeric[i] and 'AlignRight' or 'AlignLeft') then cell.alignment = 'AlignDefault' end
    end
  end
end

function Table(el)
  el.identifier = ''
  -- set by columns.py; anything else than a number and a word is ignored
  local size = (el.attributes['type-size'] or ''):match('^[%d.]+$') or '9'
  local turned = el.attributes.turned == 'true' and 'true' or 'false'
  local whole = el.attributes.whole == 'true' and 'true' or 'false'
  -- a row taller than a page has to be split after all
  local split = el.attributes.split == 'true' and 'true' or 'false'
  local top = (el.attributes.top or ''):match('^%d+$') or '0'
  -- which rows surely take one line (oneline.py)
  local rows = (el.attributes['one-line'] or ''):match('^[01]*$') or ''
  local numeric = {}
  for _, body in ipairs(el.bodies) do
    for _, row in ipairs(body.body) do
      for i, cell in ipairs(row.cells) do
        align(cell)
        if cell.classes:includes('num') then numeric[i] = true end
      end
    end
  end
  for _, row in ipairs(el.foot.rows) do
    for _, cell in ipairs(row.cells) do align(cell) end
  end
  for _, body in ipairs(el.bodies) do default_like_column(body.body, numeric) end
  default_like_column(el.foot.rows, numeric)
  for i, spec in ipairs(el.colspecs) do el.colspecs[i] = { numeric[i] and 'AlignRight' or 'AlignLeft', spec[2] } end
  for _, row in ipairs(el.head.rows) do
    for i, cell in ipairs(row.cells) do cell.alignment = 'AlignCenter' end
  end
  local caption = el.caption.long
  el.caption = pandoc.Caption {}
  local out = pandoc.List { raw('#report-table(' .. size .. 'pt, turned: ' .. turned .. ', whole: ' .. whole .. ', split: ' .. split .. ', head: ' .. top .. 'pt, rows: "' .. rows .. '", caption: [') }
  out:extend(caption)
  out:insert(raw('])['))
  out:insert(el)
  out:insert(raw(']'))
  return out
end
