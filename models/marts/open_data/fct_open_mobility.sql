with

mobilities as (

    select * from {{ ref('int_open_mobilities_versioned') }}
    where row_status = 'current'

),

refs as (

    select * from {{ ref('int_institution_references_resolved') }}

),

lineage as (

    select * from {{ ref('bridge_institution_lineage') }}

),

bins as (

    select * from {{ ref('duration_group') }}
    where grouping = 'distribution'

),

final as (

    select
        -- keys
        mobilities.extract_id,
        mobilities.row_number,
        refs.institution_key as reporting_institution_key,
        lineage.institution_key,
        mobilities.receiving_country_code as country_code,
        mobilities.year,

        -- stay
        mobilities.start_month,
        mobilities.academic_year,
        mobilities.purpose_key,
        bins.duration_group as duration_bin,
        refs.matched_by as institution_matched_by,

        -- measures
        mobilities.duration_days,
        -- A row stands for several persons who share all its values, or for the part of them that is this institution's.
        cast(mobilities.n_participants * lineage.institution_weight as decimal(18, 6)) as n_participants

    from mobilities
    inner join refs
        on refs.source_system = 'eu_open_data'
        and refs.reference_key = {{ institution_reference_key(
            erasmus_code='mobilities.sending_erasmus_code', name='mobilities.sending_name'
        ) }}
        and mobilities.start_month = refs.reference_date
    inner join lineage on {{ mapped_to_structure('lineage', 'refs.institution_key', 'mobilities.start_month') }}
    left join bins
        on mobilities.duration_days >= bins.from_days
        and (mobilities.duration_days <= bins.to_days or bins.to_days is null)

)

select * from final
