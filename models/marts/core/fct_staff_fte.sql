with

staff as (

    select * from {{ ref('int_staff_fte_versioned') }}

),

position_codes as (

    select * from {{ ref('stg_dbh__position_codes') }}

),

extracts as (

    select * from {{ ref('stg_landing__extracts') }}

),

secondary_positions as (

    select * from {{ ref('secondary_position') }}

),

refs as (

    select * from {{ ref('int_institution_references_resolved') }}

),

lineage as (

    select * from {{ ref('bridge_institution_lineage') }}

),

-- The code list is delivered again and again; the newest words count.
ranked_position_codes as (

    select
        position_codes.*,
        row_number() over (
            partition by position_codes.position_code
            order by extracts.extract_date desc, extracts.landing_order desc, position_codes.row_number desc
        ) as code_rank
    from position_codes
    inner join extracts on position_codes.extract_id = extracts.extract_id

),

newest_position_codes as (

    select
        position_code,
        position_category_code
    from ranked_position_codes
    where code_rank = 1

),

final as (

    select
        -- keys
        staff.year,
        refs.institution_key as reporting_institution_key,
        lineage.institution_key,
        staff.department_code,
        staff.position_code,

        -- position
        newest_position_codes.position_category_code,
        secondary_positions.position_code is not null as is_secondary_position,

        -- measures
        cast(staff.fte * lineage.institution_weight as decimal(18, 9)) as fte

    from staff
    inner join refs
        on refs.source_system = 'dbh'
        and refs.reference_key = {{ institution_reference_key(dbh_code='staff.dbh_code') }}
        and refs.reference_date = {{ yearly_figures_date('staff.year') }}
    inner join lineage on {{ mapped_to_structure('lineage', 'refs.institution_key', 'refs.reference_date') }}
    left join newest_position_codes on staff.position_code = newest_position_codes.position_code
    left join secondary_positions on staff.position_code = secondary_positions.position_code

)

select * from final
