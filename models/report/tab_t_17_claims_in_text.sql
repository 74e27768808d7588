with

claim_parts as (

    select * from {{ ref('claim_part') }}

),

relations as (

    select * from {{ ref('claim_relation') }}

),

comparators as (

    select * from {{ ref('comparator') }}

),

published as (

    select * from {{ ref('published_value') }}

),

place_words as (

    select * from {{ ref('place_word') }}

),

table_rows as (

    select * from {{ ref('mart_replication__row') }}

),

sides as (

    select
        *,
        'left' as side,
        left_row as pattern
    from claim_parts

    union all

    select
        *,
        'right' as side,
        right_row as pattern
    from claim_parts
    where right_row is not null

    union all

    select
        *,
        'among' as side,
        among_row as pattern
    from claim_parts
    where among_row is not null

),

cells as (

    select
        sides.value_id,
        sides.part_number,
        sides.side,
        sides.divisor_column,
        round({{ cell_of_row('table_rows.row_json', 'sides.column_name') }}, {{ var('replication_decimals') }}) as cell,
        {{ cell_of_row('table_rows.row_json', 'sides.divisor_column') }} as divisor
    from sides
    inner join table_rows
        on
        sides.model_name = table_rows.model_name
        and {{ row_is_picked('table_rows.row_json', 'sides.pattern') }}

),

-- Several picked rows are one number: a share of sums where there is a divisor, else their mean. Rounded, so that the last bits of
-- a double decide nothing.
amounts as (

    select
        value_id,
        part_number,
        side,
        round(
            case
                when divisor_column is not null then {{ exact_sum('cell') }} / nullif({{ exact_sum('divisor') }}, 0)
                else {{ exact_mean('cell') }}
            end,
            {{ var('replication_decimals') }}
        ) as amount
    from cells
    where side != 'among'
    group by value_id, part_number, side, divisor_column

),

compared as (

    select
        claim_parts.*,
        relations.sign,
        comparators.share_below_allowed,
        comparators.share_above_allowed,
        lefts.amount as left_amount,
        coalesce(cast(claim_parts.right_value as double), rights.amount) as right_amount
    from claim_parts
    inner join relations on claim_parts.relation = relations.relation
    left join comparators on claim_parts.relation = comparators.comparator
    left join amounts as lefts
        on
        claim_parts.value_id = lefts.value_id
        and claim_parts.part_number = lefts.part_number
        and lefts.side = 'left'
    left join amounts as rights
        on
        claim_parts.value_id = rights.value_id
        and claim_parts.part_number = rights.part_number
        and rights.side = 'right'

),

ranked as (

    select
        compared.value_id,
        compared.part_number,
        sum(cast(cells.cell > compared.left_amount as integer)) as n_above,
        sum(cast(cells.cell < compared.left_amount as integer)) as n_below
    from compared
    inner join cells
        on
        compared.value_id = cells.value_id
        and compared.part_number = cells.part_number
        and cells.side = 'among'
    group by compared.value_id, compared.part_number

),

judged as (

    select
        compared.*,
        case compared.relation
            when 'greater' then compared.left_amount > compared.right_amount
            when 'less' then compared.left_amount < compared.right_amount
            when 'at_least' then compared.left_amount >= compared.right_amount
            when 'at_most' then compared.left_amount <= compared.right_amount
            when 'about'
                then
                    compared.left_amount between
                    compared.right_amount - compared.share_below_allowed * abs(compared.right_amount)
                    and compared.right_amount + compared.share_above_allowed * abs(compared.right_amount)
            when 'among_highest' then ranked.n_above < compared.right_amount
            when 'among_lowest' then ranked.n_below < compared.right_amount
        end as is_part_holding
    from compared
    left join ranked
        on
        compared.value_id = ranked.value_id
        and compared.part_number = ranked.part_number

),

written as (

    select
        *,
        concat_ws(
            ' ',
            nullif(array_to_string(json_extract_string(cast(left_row as json), '$.*'), ' '), ''),
            round(left_amount, {{ var('claim_decimals') }}),
            sign,
            nullif(array_to_string(json_extract_string(cast(right_row as json), '$.*'), ' '), ''),
            round(right_amount, {{ var('claim_decimals') }})
        ) as part_text
    from judged

),

claims as (

    select
        value_id,
        count(*) as n_claim_parts,
        sum(cast(is_part_holding as integer)) as n_parts_holding,
        case
            when sum(cast(is_part_holding is null as integer)) = 0 then min(cast(is_part_holding as integer)) = 1
        end as is_holding,
        string_agg(part_text, '; ' order by part_number) as found_text
    from written
    group by value_id

),

final as (

    select
        claims.value_id,
        {{ place_in_words('published') }},
        published.label_nb as value_label_nb,
        published.label_en as value_label_en,
        published.sort_order as value_sort_order,
        published.published_text,
        claims.found_text,
        cast(claims.n_claim_parts as integer) as n_claim_parts,
        cast(claims.n_parts_holding as integer) as n_claim_parts_holding,
        claims.is_holding

    from claims
    inner join published on claims.value_id = published.value_id
    left join place_words on split_part(published.report_place, ' ', 1) = place_words.place_word

)

select * from final
