with

compared as (

    select * from {{ ref('mart_replication__value') }}

),

readings as (

    select * from {{ ref('reading') }}

),

comparators as (

    select * from {{ ref('comparator') }}

),

verdicts as (

    select * from {{ ref('replication_verdict') }}

),

reasons as (

    select * from {{ ref('not_computable_reason') }}

),

place_words as (

    select * from {{ ref('place_word') }}

),

-- Where both readings mean the same cell, the value stands once and without a reading.
listed as (

    select
        *,
        count(distinct coalesce(computed_row, '')) over (partition by value_id) > 1 as has_two_readings
    from compared

),

-- As many decimals as in print, and one more for the computed value, so that the eye sees where it lies.
printed as (

    select
        listed.*,
        case
            when listed.published_value is null then listed.published_text
            else concat_ws(
                ' ',
                case when listed.comparator != 'eq' then comparators.label_nb end,
                replace(format('{:.' || listed.printed_decimals || 'f}', listed.published_value), '.', ',')
            )
        end as published_print_nb,
        case
            when listed.published_value is null then listed.published_text
            else concat_ws(
                ' ',
                case when listed.comparator != 'eq' then comparators.label_en end,
                format('{:.' || listed.printed_decimals || 'f}', listed.published_value)
            )
        end as published_print_en,
        case
            when listed.published_value is not null
                then format('{:.' || (listed.printed_decimals + 1) || 'f}', listed.computed_value)
        end as computed_print_en
    from listed
    inner join comparators on listed.comparator = comparators.comparator

),

final as (

    select
        printed.value_id,
        {{ place_in_words('printed') }},
        printed.value_label_nb,
        printed.value_label_en,
        printed.value_sort_order,
        printed.reading,
        case when printed.has_two_readings then readings.label_nb end as reading_label_nb,
        case when printed.has_two_readings then readings.label_en end as reading_label_en,
        readings.sort_order as reading_sort_order,
        printed.published_print_nb,
        printed.published_print_en,
        replace(printed.computed_print_en, '.', ',') as computed_print_nb,
        printed.computed_print_en,
        printed.difference_in_units,
        printed.replication_verdict,
        verdicts.label_nb as replication_verdict_label_nb,
        verdicts.label_en as replication_verdict_label_en,
        coalesce(printed.explanation_nb, reasons.label_nb) as remark_nb,
        coalesce(printed.explanation_en, reasons.label_en) as remark_en

    from printed
    inner join readings on printed.reading = readings.reading
    inner join verdicts on printed.replication_verdict = verdicts.replication_verdict
    left join reasons on printed.not_computable_reason = reasons.not_computable_reason
    left join place_words on split_part(printed.report_place, ' ', 1) = place_words.place_word
    where printed.has_two_readings or not readings.has_printed_headers

)

select * from final
