with

lineages as (

    select * from {{ ref('int_institution_lineage_walked') }}

),

traced_back as (

    select * from {{ ref('int_institutions_traced_back') }}

),

structure_dates as (

    select * from {{ ref('int_structure_dates_listed') }}

),

institutions as (

    select * from {{ ref('institution') }}

),

-- Two ways can lead to one institution; their parts are added.
homes as (

    select
        lineages.structure_date,
        lineages.reporting_institution_key,
        lineages.reported_from,
        lineages.next_reported_from,
        traced_back.institution_key,
        sum(lineages.weight) as weight,
        max(lineages.n_steps + traced_back.n_steps) as n_steps,
        min(
            case
                when traced_back.n_steps > 0 then lineages.lineage_path || ' < ' || traced_back.institution_key
                else lineages.lineage_path
            end
        ) as lineage_path
    from lineages
    inner join traced_back
        on lineages.structure_date = traced_back.structure_date
        and lineages.institution_key = traced_back.founded_institution_key
    group by
        lineages.structure_date, lineages.reporting_institution_key, lineages.reported_from, lineages.next_reported_from,
        traced_back.institution_key

),

weighed as (

    select
        *,
        cast(round(weight, 6) as decimal(9, 6)) as rounded_weight,
        row_number() over (
            partition by structure_date, reporting_institution_key, reported_from
            order by weight desc, institution_key asc
        ) as weight_rank,
        sum(weight) over (partition by structure_date, reporting_institution_key, reported_from) as total_weight,
        sum(cast(round(weight, 6) as decimal(9, 6))) over (
            partition by structure_date, reporting_institution_key, reported_from
        ) as total_rounded_weight
    from homes

),

final as (

    select
        weighed.structure_date,
        structure_dates.is_chosen_structure,
        weighed.reporting_institution_key,
        weighed.reported_from,
        cast({{ dbt.dateadd('day', -1, 'weighed.next_reported_from') }} as date) as reported_to,
        weighed.institution_key,
        -- The largest part takes what rounding leaves. A total that is wrong before rounding stays wrong, and fails a test.
        cast(
            case
                when weighed.weight_rank = 1 and round(weighed.total_weight, 6) = 1
                    then weighed.rounded_weight + 1 - weighed.total_rounded_weight
                else weighed.rounded_weight
            end as decimal(9, 6)
        ) as institution_weight,
        weighed.weight_rank = 1 as is_main_institution,
        coalesce(institutions.valid_from > weighed.structure_date, false) as is_founded_later,
        cast(weighed.n_steps as integer) as n_steps,
        weighed.lineage_path

    from weighed
    inner join structure_dates on weighed.structure_date = structure_dates.structure_date
    inner join institutions on weighed.institution_key = institutions.institution_key

)

select * from final
